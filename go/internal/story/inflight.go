package story

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"outlive.dev/go/vde"
)

// closedInFlight closes hubs whose clients come and go, so that the handler is called all the time,
// and revokes every other one's table before.
func (t *teller) closedInFlight() error {
	loop, stop, err := runLoop()
	if err != nil {
		return err
	}
	t.say("what C asks of a revoked table is refused, and a line on stderr says so")
	connected := 0
	for i := range t.size.Closes {
		count, err := t.closeOne(loop, i%2 == 1)
		if err != nil {
			return join(err, stop())
		}
		connected += count
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
		err = join(err, hub.Revoke())
	}
	err = join(err, hub.Close())
	stopped.Store(true)
	group.Wait()
	return int(count.Load()), err
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
