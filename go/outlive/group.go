package outlive

// #include <outlive.h>
import "C"

import (
	"fmt"
	"slices"
	"sync"
)

// A Revocable is a Held or a Func, which may join a Group.
type Revocable interface {
	registered() *registration
}

func (r *registration) registered() *registration { return r }

// A Group is tables and functions that end together: all that a library object has given to C, whoever keeps them.
// Its zero value is an empty group. Any goroutine may use it, from inside callbacks too.
//
// A member may be revoked or released before; one that was released, leaked, handed over or collected has left the
// group. The group does not keep its members: keep each Held and Func, and Release it when C has forgotten it.
type Group struct {
	mutex   sync.Mutex
	closed  bool
	members []*C.outlive_held
	// How many members there are when those that have left are looked for.
	tidyAt int
}

// few is how many members of a group are kept, left or not.
const few = 32

// Join has these end with the group, all or none of them.
//
// Errors: ErrGroupClosed where the group was revoked, so that they are to be ended one by one; ErrReleased;
// ErrNotHeld for a nil or zero member.
func (g *Group) Join(members ...Revocable) error {
	joining := make([]*C.outlive_held, len(members))
	for i, member := range members {
		if member == nil {
			return fmt.Errorf("outlive: join: %w", ErrNotHeld)
		}
		r := member.registered()
		if joining[i] = r.core.held; !isHeld(joining[i]) {
			return r.core.failed("join", C.OUTLIVE_NOT_HELD)
		}
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.closed {
		return ErrGroupClosed
	}
	if len(g.members) >= max(g.tidyAt, few) {
		g.tidy()
		g.tidyAt = 2 * len(g.members)
	}
	g.members = append(g.members, joining...)
	return nil
}

// Revoke ends all members as Revoke of each would, with one barrier for all, and refuses newcomers from now on. It says
// Now if it is so for each, else Later if one ends later, else Serving. A panic that waits for the host
// (OnPanic(Resume)) goes on waiting for the next call of the member.
//
// Error: none that a program can cause.
func (g *Group) Revoke() (Ended, error) {
	at := caller(0)
	for {
		members := g.close()
		if len(members) == 0 {
			return Now, nil
		}
		// Not under the lock: a callback inside may use the group.
		status := C.outlive_revoke_all(&members[0], C.size_t(len(members)), at.file, at.line)
		switch {
		case status >= 0:
			return endedOf(status), nil
		case status != -C.OUTLIVE_NOT_HELD:
			return Now, statusError("revoke a group", -status)
		}
		// One has left meanwhile, so that it is not known what the others have come to.
	}
}

// Len says how many members there are.
func (g *Group) Len() int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.tidy()
	return len(g.members)
}

// close refuses newcomers, and gives the members.
func (g *Group) close() []*C.outlive_held {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.closed = true
	g.tidy()
	return slices.Clone(g.members)
}

// tidy forgets those that have left. The caller has the lock.
func (g *Group) tidy() {
	g.members = slices.DeleteFunc(g.members, func(held *C.outlive_held) bool { return !isHeld(held) })
}

// isHeld says whether the host has not given a registration back.
func isHeld(held *C.outlive_held) bool { return C.outlive_id(held) != 0 }
