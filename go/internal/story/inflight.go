package story

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"outlive.dev/go/outlive"
	"outlive.dev/go/vde"
)

// closedInFlight closes hubs that are in use, in a process of its own, for its incidents are told here, each once.
func (t *teller) closedInFlight() error {
	size := "full"
	if t.size == Short {
		size = "short"
	}
	stderr, state, err := t.child("in flight", size, t.hubDirectory(), t.out)
	if err != nil {
		return err
	}
	if !state.Success() {
		return fmt.Errorf("%v\n%s", state, stderr)
	}
	t.say("what C has asked of a revoked table was refused, and stderr has said so:")
	for _, line := range counted(stderr) {
		t.say("  | %s", line)
	}
	return nil
}

// closeInFlight closes hubs whose clients come and go, so that the handler is called all the time,
// and revokes every other one's table before.
func (t *teller) closeInFlight() error {
	if err := os.MkdirAll(t.directory, 0o700); err != nil {
		return err
	}
	loop, stop, err := runLoop()
	if err != nil {
		return err
	}
	connected := 0
	progress := t.everySecond()
	for i := range t.size.Closes {
		count, err := t.closeOne(loop, i%2 == 1)
		if err != nil {
			return join(err, stop())
		}
		connected += count
		progress("%d of %d hubs closed", i+1, t.size.Closes)
	}
	t.say("%d hubs closed, half of their tables revoked before; %d clients had connected meanwhile",
		t.size.Closes, connected)
	return stop()
}

func (t *teller) closeOne(loop *vde.Loop, revoke bool) (connected int, err error) {
	hub, err := vde.NewContext(loop)
	if err != nil {
		return 0, err
	}
	directory := t.hubDirectory()
	if err := hub.Listen(directory); err != nil {
		return 0, join(err, hub.Close())
	}
	var stopped atomic.Bool
	var count atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for !stopped.Load() {
				comeAndGo(directory, &count)
			}
		}()
	}
	for waited := time.Now(); count.Load() < 8; time.Sleep(100 * time.Microsecond) {
		if time.Since(waited) > time.Minute {
			err = fmt.Errorf("nobody connects")
			break
		}
	}
	if revoke {
		err = join(err, hub.Revoke(), awaitRefused(hub.ID()))
	}
	err = join(err, hub.Close())
	stopped.Store(true)
	group.Wait()
	return int(count.Load()), err
}

// awaitRefused waits until a table has refused a call of C's: the clients go on to connect.
func awaitRefused(id uint64) error {
	for waited := time.Now(); time.Since(waited) < time.Minute; time.Sleep(100 * time.Microsecond) {
		for _, entry := range outlive.Ledger() {
			if entry.ID == id && entry.Refused > 0 {
				return nil
			}
		}
	}
	return fmt.Errorf("the hub asks nothing of its revoked table")
}

// comeAndGo connects, sends a frame and hangs up. That it fails once the hub is closed is as it should
// be.
func comeAndGo(directory string, count *atomic.Int64) {
	plug, err := vde.Connect(directory, "guest")
	if err != nil {
		return
	}
	defer plug.Close()
	if plug.Send(frame(0, 0)) == nil {
		count.Add(1)
	}
}
