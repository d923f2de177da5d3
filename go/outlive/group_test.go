package outlive_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"outlive.dev/go/internal/errands"
	"outlive.dev/go/outlive"
)

func TestMembersOfAGroupEndTogether(t *testing.T) {
	var group outlive.Group
	var ended atomic.Int32
	count := outlive.OnEnd(func() { ended.Add(1) })
	h, k := held(t, &listener{}, count)
	f := must(errands.NewRun(increment, count))
	must(0, group.Join(h, f))
	if length := group.Len(); length != 2 {
		t.Error(length)
	}
	if ended := must(group.Revoke()); ended != outlive.Now {
		t.Error(ended)
	}
	if ended.Load() != 2 || k.Fire(1) != -1 || errands.Run(f.Function(), f.UserData(), 1) != errands.Late {
		t.Error("a member was called after the end")
	}
	entry, _ := entryOf(h.ID())
	if entry.Ended.Line == 0 {
		t.Error("the line that has ended the group is not named: ", entry)
	}
	must(0, h.Release())
	must(0, f.Release())
	if ended := must(group.Revoke()); ended != outlive.Now || group.Len() != 0 {
		t.Error(ended)
	}
}

func TestAnEmptyGroupEndsNow(t *testing.T) {
	var group outlive.Group
	if ended, err := group.Revoke(); ended != outlive.Now || err != nil {
		t.Error(ended, err)
	}
	f := must(errands.NewRun(increment))
	if err := group.Join(f); !errors.Is(err, outlive.ErrGroupClosed) {
		t.Error(err)
	}
	if answer := errands.Run(f.Function(), f.UserData(), 1); answer != 2 {
		t.Error("it was refused, and is as before: ", answer)
	}
	must(0, f.Release())
}

func TestNothingJoinsNoGroup(t *testing.T) {
	var group outlive.Group
	f := must(errands.NewRun(increment))
	if err := group.Join(f, nil); !errors.Is(err, outlive.ErrNotHeld) || group.Len() != 0 {
		t.Error(err, group.Len())
	}
	must(0, f.Release())
}

func TestAMemberThatWasReleasedHasLeft(t *testing.T) {
	var group outlive.Group
	f, g := must(errands.NewRun(increment)), must(errands.NewRun(increment))
	must(0, group.Join(f))
	must(0, group.Join(g))
	must(0, f.Release())
	if length := group.Len(); length != 1 {
		t.Error(length)
	}
	if err := group.Join(f); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
	if ended := must(group.Revoke()); ended != outlive.Now {
		t.Error(ended)
	}
	if answer := errands.Run(g.Function(), g.UserData(), 1); answer != errands.Late {
		t.Error(answer)
	}
	must(0, g.Release())
}

func TestAGroupForgetsThoseThatHaveLeft(t *testing.T) {
	var group outlive.Group
	for range 1000 {
		f := must(errands.NewRun(increment))
		must(0, group.Join(f))
		must(0, f.Release())
	}
	if kept := outlive.GroupSize(&group); kept > 100 {
		t.Error(kept, " are kept")
	}
}

func TestAGroupRevokedFromInsideEndsLater(t *testing.T) {
	var group outlive.Group
	var f *errands.Func
	var ended outlive.Ended
	f = must(errands.NewRun(func(value int) int {
		ended = must(group.Revoke())
		return value
	}))
	must(0, group.Join(f))
	if answer := errands.Run(f.Function(), f.UserData(), 7); answer != 7 || ended != outlive.Later {
		t.Error(answer, ended)
	}
	must(0, f.Release())
}

func TestMembersComeAndGoWhileTheGroupEnds(t *testing.T) {
	for range 50 {
		var group outlive.Group
		joined := make(chan *errands.Func, 100)
		go func() {
			defer close(joined)
			for {
				f := must(errands.NewRun(increment))
				if err := group.Join(f); err != nil {
					must(0, f.Release())
					return
				}
				select {
				case joined <- f:
				default:
					must(0, f.Release())
				}
			}
		}()
		first := <-joined
		if ended := must(group.Revoke()); ended != outlive.Now {
			t.Error(ended)
		}
		for f := first; f != nil; f = <-joined {
			if answer := errands.Run(f.Function(), f.UserData(), 1); answer != errands.Late {
				t.Error("one that had joined was called")
			}
			must(0, f.Release())
		}
	}
}
