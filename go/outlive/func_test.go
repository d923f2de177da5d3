package outlive_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"outlive.dev/go/internal/errands"
	"outlive.dev/go/outlive"
)

func increment(value int) int { return value + 1 }

func TestAFuncIsACFunction(t *testing.T) {
	f := must(errands.NewRun(increment))
	other := must(errands.NewRun(func(value int) int { return 2 * value }))
	function, arg := f.Function(), f.UserData()
	if function != other.Function() || arg == other.UserData() {
		t.Error("the user data tells them apart")
	}
	if here, there := errands.Run(function, arg, 41), errands.RunOnThread(function, arg, 41); here != 42 || there != 42 {
		t.Error(here, there)
	}
	if answer := errands.Run(other.Function(), other.UserData(), 4); answer != 8 {
		t.Error(answer)
	}
	if name := f.String(); name != fmt.Sprintf("errand_run #%d", f.ID()) {
		t.Error(name)
	}
	reached := 0
	if err := f.With(func(f func(int) int) { reached = f(1) }); err != nil || reached != 2 {
		t.Error(reached, err)
	}
	if ended := must(f.Revoke()); ended != outlive.Now {
		t.Error(ended)
	}
	if answer := errands.Run(function, arg, 41); answer != errands.Late {
		t.Error(answer)
	}
	must(0, f.Release())
	must(0, other.Release())
	if err := f.Release(); !errors.Is(err, outlive.ErrReleased) || !strings.Contains(err.Error(), "errand_run") {
		t.Error(err)
	}
}

func TestANilFuncIsNotHeld(t *testing.T) {
	if f, err := errands.NewRun(nil); f != nil || !errors.Is(err, outlive.ErrNilHost) {
		t.Error(f, err)
	}
}

func TestAFuncThatPanicsTellsCSo(t *testing.T) {
	var f *errands.Func
	f = must(errands.NewRun(func(int) int { panic("boom") }, outlive.OnPanic(outlive.Resume)))
	if answer := errands.Run(f.Function(), f.UserData(), 1); answer != errands.Panicked {
		t.Error(answer)
	}
	if panicked := f.TakePanic(); panicked == nil || panicked.Value != "boom" {
		t.Error(panicked)
	}
	must(0, f.Release())
}

func TestAnExclusiveFuncThatIsBusyIsRefusedNotLate(t *testing.T) {
	var f *errands.Func
	inner := 0
	f = must(errands.NewRun(func(value int) int {
		inner = errands.Run(f.Function(), f.UserData(), value)
		return value
	}, outlive.Exclusive()))
	if outer := errands.Run(f.Function(), f.UserData(), 1); outer != 1 || inner != errands.Refused {
		t.Error(outer, inner)
	}
	must(0, f.Release())
}

func TestADroppedFuncEndsAndIsListed(t *testing.T) {
	var ended atomic.Bool
	id, function, arg := func() (uint64, func() int, uintptr) {
		f := must(errands.NewRun(increment, outlive.OnEnd(func() { ended.Store(true) })))
		function, arg := f.Function(), f.UserData()
		return f.ID(), func() int { return errands.RunOnThread(function, arg, 1) }, arg
	}()
	within(t, "the cleanup has run", func() bool { churn(); return ended.Load() })
	if answer := function(); answer != errands.Late {
		t.Error(answer, arg)
	}
	entry, ok := entryOf(id)
	if !ok || entry.State != outlive.StateEnded || entry.Refused != 1 {
		t.Error(entry, ok)
	}
}

func TestCEndsByItsOneCallWhatWasHandedOver(t *testing.T) {
	ends := 0
	f := must(errands.NewOnce(increment, outlive.OnEnd(func() { ends++ })))
	id, function, arg := f.ID(), f.Function(), f.UserData()
	must(0, f.HandOver())
	if err := f.Release(); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
	churn()
	if answer := errands.RunOnThread(function, arg, 1); answer != 2 || ends != 1 {
		t.Error(answer, ends)
	}
	if _, ok := entryOf(id); ok {
		t.Error("it is listed still")
	}
	if answer := errands.Run(function, arg, 1); answer != errands.Late || ends != 1 {
		t.Error(answer, ends)
	}
}

func TestAOneShotThatPanicsHasMadeItsCall(t *testing.T) {
	ends := 0
	f := must(errands.NewOnce(func(int) int { panic("boom") }, outlive.OnEnd(func() { ends++ })))
	function, arg := f.Function(), f.UserData()
	must(0, f.HandOver())
	if answer := errands.Run(function, arg, 1); answer != errands.Panicked || ends != 1 {
		t.Error(answer, ends)
	}
}

func TestAFuncThatCMadeItsLastCallOfGivesAllBackWhenItIsDropped(t *testing.T) {
	id := func() uint64 {
		f := must(errands.NewOnce(increment))
		if answer := errands.Run(f.Function(), f.UserData(), 1); answer != 2 || !f.WasNotified() {
			t.Error(answer)
		}
		return f.ID()
	}()
	within(t, "it is not listed any more", func() bool { churn(); _, listed := entryOf(id); return !listed })
}

func TestAnInstanceHasAFunctionOfItsOwn(t *testing.T) {
	var ticks []*errands.Func
	for i := range errands.Ticks {
		f := must(errands.NewTick(func(value int) int { return i * value }))
		if f.UserData() != 0 {
			t.Error("C passes no user data")
		}
		ticks = append(ticks, f)
	}
	for i, f := range ticks {
		if answer := errands.Tick(f.Function(), 10); answer != 10*i {
			t.Error(answer)
		}
	}
	if err := ticks[0].HandOver(); !errors.Is(err, outlive.ErrUnsupported) {
		t.Error(err)
	}
	for _, f := range ticks {
		must(0, f.Release())
	}
}

func TestWhereNoInstanceIsLeftTheErrorNamesWhoHasThem(t *testing.T) {
	var ticks []*errands.Func
	hold := func() *errands.Func { return must(errands.NewTick(increment)) }
	holding := lineAbove()
	for range errands.Ticks - 1 {
		ticks = append(ticks, hold())
	}
	ticks = append(ticks, must(errands.NewTick(increment)))
	last := lineAbove()
	f, err := errands.NewTick(increment)
	if f != nil || !errors.Is(err, outlive.ErrNoInstance) {
		t.Fatal(f, err)
	}
	said := err.Error()
	first, second, found := strings.Cut(said, ", 1 at ")
	if !found || !strings.HasSuffix(first, holding) || !strings.Contains(first, fmt.Sprint(errands.Ticks-1, " held at ")) ||
		!strings.HasSuffix(second, last) {
		t.Errorf("%s: wanted %s and %s", said, holding, last)
	}
	must(0, ticks[0].Release())
	ticks[0] = must(errands.NewTick(increment))
	for _, f := range ticks {
		must(0, f.Release())
	}
}

// stream is a Stream whose last call a test can see.
type stream struct {
	value    int
	released atomic.Int32
}

func (s *stream) Next() int { s.value++; return s.value }
func (s *stream) Release()  { s.released.Add(1) }

func TestATableIsFoundByItsAddress(t *testing.T) {
	streams := []*stream{{value: 10}, {value: 20}}
	first, second := must(errands.HoldStream(streams[0])), must(errands.HoldStream(streams[1]))
	if a, b := errands.Next(first.Table()), errands.Next(second.Table()); a != 11 || b != 21 {
		t.Error(a, b)
	}
	if _, err := first.Malloc(); !errors.Is(err, outlive.ErrUnsupported) || first.UserData() != 0 {
		t.Error(err)
	}
	first.Revoke()
	if answer := errands.Next(first.Table()); answer != errands.Late {
		t.Error(answer)
	}
	must(0, first.Release())
	must(0, second.Release())
}

func TestCEndsAStreamByItsLastCall(t *testing.T) {
	ends := 0
	s := &stream{}
	h := must(errands.HoldStream(s, outlive.OnEnd(func() { ends++ })))
	id, table := h.ID(), h.Table()
	must(0, h.HandOver())
	errands.Release(table)
	if ends != 1 || s.released.Load() != 1 {
		t.Error(ends, s.released.Load())
	}
	if _, listed := entryOf(id); listed {
		t.Error("it is listed still")
	}
}

func TestAZeroValueHoldsNothing(t *testing.T) {
	var h outlive.Held[errands.Stream]
	var f errands.Func
	var owed outlive.Completion[int]
	var group outlive.Group
	owed.Drop()
	_, revoked := h.Revoke()
	_, timed := f.RevokeTimeout(1)
	_, copied := h.Malloc()
	_, inspected := h.Inspect()
	used := f.With(func(func(int) int) { t.Error("there is nothing") })
	joined := group.Join(&h, &f)
	errs := []error{revoked, timed, copied, inspected, used, joined, h.Release(), f.Leak(), f.HandOver(), owed.Complete(1)}
	for i, err := range errs {
		if !errors.Is(err, outlive.ErrNotHeld) {
			t.Error(i, err)
		}
	}
	if h.Table() != nil || f.Function() != nil || h.UserData() != 0 || f.ID() != 0 || h.WasNotified() || group.Len() != 0 {
		t.Error("there is something")
	}
}

// No pointer of Go's is as high, wherever its heap is.
func TestUserDataIsHigherThanAnyAddress(t *testing.T) {
	var pointers []unsafe.Pointer
	for i := range 2000 {
		f := must(errands.NewRun(increment))
		if f.UserData() < 1<<63 || uintptr(f.UserDataPointer()) != f.UserData() {
			t.Fatalf("%#x", f.UserData())
		}
		pointers = append(pointers, f.UserDataPointer())
		if i%100 == 0 {
			churn()
		}
		if answer := errands.RunPointer(f.Function(), pointers[i], i); answer != i+1 {
			t.Fatal(answer)
		}
		must(0, f.Release())
	}
	churn()
	runtime.KeepAlive(pointers)
	tick := must(errands.NewTick(increment))
	if tick.UserDataPointer() != nil {
		t.Error(tick.UserDataPointer())
	}
	must(0, tick.Release())
}
