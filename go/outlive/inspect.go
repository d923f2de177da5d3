package outlive

// #include <outlive.h>
//
// static size_t outlive_go_inspect(uintptr_t held, struct outlive_member_state *members, size_t capacity)
// {
// 	return outlive_inspect((outlive_held *)held, members, capacity, sizeof *members);
// }
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// A Member is a member of a table that C has.
type Member struct {
	Name  string
	State MemberState
	Value uintptr // a callback's address, or the first eight bytes of another member
}

// MemberState is what has become of a member since C got the table.
type MemberState uint32

const (
	Intact     = MemberState(C.OUTLIVE_INTACT)   // it is what C was given
	Altered    = MemberState(C.OUTLIVE_ALTERED)  // somebody has written it
	WrittenByC = MemberState(C.OUTLIVE_ANYTHING) // the C library may write it
)

func (s MemberState) String() string {
	switch s {
	case Intact:
		return "intact"
	case Altered:
		return "altered"
	}
	return "C's own"
}

// Inspect reads the table's members as C sees them. An altered one is an incident too.
//
// Error: ErrReleased.
func (h *Held[T]) Inspect() ([]Member, error) {
	defer runtime.KeepAlive(h)
	if h.core.held == nil {
		return nil, h.core.failed("inspect", C.OUTLIVE_NOT_HELD)
	}
	return InspectHeld(uintptr(unsafe.Pointer(h.core.held)))
}

// InspectHeld is Inspect for an outlive_held of C's, which is a number.
func InspectHeld(number uintptr) ([]Member, error) {
	held := C.uintptr_t(number)
	count := C.outlive_go_inspect(held, nil, 0)
	if count == 0 {
		return nil, statusError("inspect a table", C.OUTLIVE_NOT_HELD)
	}
	found := make([]C.struct_outlive_member_state, count)
	count = min(count, C.outlive_go_inspect(held, &found[0], count))
	members := make([]Member, count)
	for i := range members {
		from := &found[i]
		members[i] = Member{readText(&from.name), MemberState(from.state), uintptr(from.value)}
	}
	return members, nil
}

func (m Member) String() string {
	return fmt.Sprintf("%s: %#x, %v", m.Name, m.Value, m.State)
}
