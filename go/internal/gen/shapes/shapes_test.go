package shapes_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"outlive.dev/go/internal/gen/shapes"
	"outlive.dev/go/outlive"
)

// listener keeps what C has said.
type listener struct {
	events []*shapes.Event
	texts  []string
	panics bool
	closed int
}

func (l *listener) OnEvent(event *shapes.Event) int32 {
	l.events = append(l.events, event)
	if l.panics {
		panic("half done")
	}
	return 7
}

func (l *listener) OnText(text string, position uint64) int {
	l.texts = append(l.texts, text)
	if position != math.MaxUint64 && position != 1<<33 {
		return -1
	}
	return len(text)
}

func (l *listener) OnClose() { l.closed++ }

// stream is found by its table's address.
type stream struct {
	number   int32
	released *int
}

func (s stream) Next(level shapes.Level) int32   { return s.number + 10*int32(level) }
func (s stream) Join(shapes.StreamAddress) int32 { return 100 * s.number }
func (s stream) Release()                        { *s.released++ }

type driver struct{ devices []uintptr }

func (d *driver) Probe(number int32, device shapes.DeviceAddress) int32 {
	d.devices = append(d.devices, uintptr(device))
	return number + 1
}

// must gives what could be held, and releases it at the end of the test where it was not given back.
func must[H interface{ Release() error }](t *testing.T) func(H, error) H {
	return func(held H, err error) H {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := held.Release(); err != nil && !errors.Is(err, outlive.ErrReleased) {
				t.Error(err)
			}
			outlive.TakeIncidents()
		})
		return held
	}
}

func hold(t *testing.T, host shapes.Listener) *shapes.HeldListener {
	t.Helper()
	return must[*shapes.HeldListener](t)(shapes.HoldListener(host))
}

func TestStringsAndSlicesOfAStructAreCopiedByTheirLengths(t *testing.T) {
	host := &listener{}
	if result := shapes.CallEvent(hold(t, host)); result != 7 {
		t.Error(result)
	}
	want := &shapes.Event{
		Name: "name", Data: []byte{0, 255}, Weights: []float64{0.5, 1.5}, Total: 7, Position: math.MaxUint64,
		Place: shapes.Place{File: "file.c", Line: 12},
	}
	if len(host.events) != 1 || !reflect.DeepEqual(host.events[0], want) {
		t.Errorf("%+v", host.events)
	}
}

func TestTextHasAsManyBytesAsCSays(t *testing.T) {
	host := &listener{}
	if line := shapes.CheckListener(hold(t, host)); line != 0 {
		t.Errorf("library.c:%d", line)
	}
	if !slices.Equal(host.texts, []string{"ab\x00cd", ""}) {
		t.Errorf("%q", host.texts)
	}
}

func TestALateCallAndOneWhoseMethodPanicsHaveResultsOfTheirOwn(t *testing.T) {
	table := hold(t, &listener{panics: true})
	if result := shapes.CallEvent(table); result != -3 {
		t.Error("panicked:", result)
	}
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	if result := shapes.CallEvent(table); result != -2 {
		t.Error("late:", result)
	}
	busy, err := shapes.HoldListener(&listener{}, outlive.Exclusive())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Release()
	if err := busy.With(func(shapes.Listener) {
		if result := shapes.CallEvent(busy); result != -1 {
			t.Error("refused:", result)
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestTheLastCallGivesBackWhatWasHandedOver(t *testing.T) {
	host := &listener{}
	ended := 0
	table, err := shapes.HoldListener(host, outlive.OnEnd(func() { ended++ }))
	if err != nil {
		t.Fatal(err)
	}
	if err := table.HandOver(); err != nil {
		t.Fatal(err)
	}
	shapes.CallEvent(table)
	if ended != 0 {
		t.Error("it ended before its last call")
	}
	shapes.Close(table)
	if ended != 1 || host.closed != 1 {
		t.Error(ended, host.closed)
	}
}

func TestTheLastCallIsNoAccidentAfterTheEnd(t *testing.T) {
	host := &listener{}
	table := hold(t, host)
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	shapes.Close(table)
	if incidents := outlive.TakeIncidents(); len(incidents) != 0 || host.closed != 0 || !table.WasNotified() {
		t.Error(incidents, host.closed, table.WasNotified())
	}
	shapes.Close(table)
	if incidents := outlive.TakeIncidents(); len(incidents) != 1 {
		t.Error("the second last call was not reported")
	}
}

func TestATableIsFoundByItsOwnAddress(t *testing.T) {
	released := 0
	one := must[*shapes.HeldStream](t)(shapes.HoldStream(stream{1, &released}))
	other := must[*shapes.HeldStream](t)(shapes.HoldStream(stream{2, &released}))
	if line := shapes.CheckStream(one, other); line != 0 {
		t.Errorf("library.c:%d", line)
	}
	if err := one.HandOver(); err != nil {
		t.Fatal(err)
	}
	shapes.Release(one)
	if released != 1 || shapes.Next(other) != 2 {
		t.Error(released)
	}
}

func TestATableIsFoundByWhatHasItInIt(t *testing.T) {
	host := &driver{}
	table := must[*shapes.HeldDriver](t)(shapes.HoldDriver(host))
	if result := shapes.CallProbe(table, 5); result != 6 {
		t.Error(result)
	}
	if len(host.devices) != 1 || host.devices[0] != uintptr(table.Table())-8 {
		t.Errorf("%#x, in %#x", table.Table(), host.devices)
	}
}

func TestAFunctionIsHeldWithItsUserData(t *testing.T) {
	var levels []shapes.Level
	var texts []string
	f := must[*outlive.Func[shapes.LogFunc]](t)(shapes.NewLogFunc(func(level shapes.Level, text string) {
		levels, texts = append(levels, level), append(texts, text)
	}))
	shapes.Log(f, shapes.High)
	if _, err := f.Revoke(); err != nil {
		t.Fatal(err)
	}
	shapes.Log(f, shapes.Low)
	if !slices.Equal(levels, []shapes.Level{shapes.High}) || !slices.Equal(texts, []string{"a line"}) {
		t.Error(levels, texts)
	}
	if _, err := shapes.NewLogFunc(nil); !errors.Is(err, outlive.ErrNilHost) {
		t.Error(err)
	}
}

func TestAFunctionWithoutUserDataHasCodeOfItsOwn(t *testing.T) {
	compare := func(sign int32) *outlive.Func[shapes.Compare] {
		return must[*outlive.Func[shapes.Compare]](t)(shapes.NewCompare(func(a, b *int32) int32 { return sign * (*a - *b) }))
	}
	up, down := compare(1), compare(-1)
	if shapes.Compared(up, 5, 3) != 2 || shapes.Compared(down, 5, 3) != -2 {
		t.Error("the wrong function was called")
	}
	if _, err := shapes.NewCompare(func(a, b *int32) int32 { return 0 }); !errors.Is(err, outlive.ErrNoInstance) {
		t.Error(err)
	}
}

func TestTheOnlyCallOfAFunctionGivesItBack(t *testing.T) {
	ended, called := 0, 0
	f, err := shapes.NewDoneCbOnce(func(status int32) int32 {
		called++
		return status + 1
	}, outlive.OnEnd(func() { ended++ }))
	if err != nil {
		t.Fatal(err)
	}
	if result := shapes.Done(f, 4); result != 5 || called != 1 || ended != 1 {
		t.Error(result, called, ended)
	}
	if result := shapes.Done(f, 4); result != -1 || called != 1 || ended != 1 {
		t.Error(result, called, ended)
	}
	if incidents := outlive.TakeIncidents(); len(incidents) != 1 {
		t.Error(incidents)
	}
	if err := f.Release(); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
}

func TestUserDataIsFoundByAnExpression(t *testing.T) {
	f := must[*outlive.Func[shapes.TransferCb]](t)(shapes.NewTransferCb(func(transfer *shapes.Transfer) int32 {
		return 2 * transfer.Length
	}))
	if result := shapes.Transferred(f, 21); result != 42 {
		t.Error(result)
	}
}
