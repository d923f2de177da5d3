package tricky_test

import (
	"testing"
	"unsafe"

	"outlive.dev/go/internal/gen/tricky"
	"outlive.dev/go/outlive"
)

// host answers C as library.c expects it, and keeps what it cannot answer with.
type host struct {
	frames []*tricky.Frame
	texts  []string
}

func (h *host) Plain(value int32) int32 { return value + 1 }

func (h *host) Moved(from tricky.Point, mood tricky.Mood, loud tricky.Volume) tricky.Point {
	if mood != tricky.MoodBad || loud != tricky.Loud {
		return tricky.Point{}
	}
	return tricky.Point{X: from.Y, Y: from.X}
}

func (h *host) Seen(frame *tricky.Frame) { h.frames = append(h.frames, frame) }

func (h *host) Walk(visit tricky.Visitor, visitArg outlive.Token) int32 {
	if visit.IsNil() {
		return 0
	}
	visit.Call(0, uintptr(visitArg))
	return 1
}

func (h *host) Sorted(compare tricky.SortedCompare, also tricky.SortedAlso) int32 {
	if also.IsNil() {
		// The runtime looks at all pointers of a stack that grows: C's number must be none of them.
		grow(10_000)
		if compare.IsNil() {
			return 0
		}
		return 77
	}
	first, second := tricky.Number(0), tricky.Number(1)
	return 10*compare.Call(first, second) - also.Call(second, first) + 4
}

//go:noinline
func grow(frames int) byte {
	var room [256]byte
	if frames > 0 {
		room[frames%len(room)] = grow(frames - 1)
	}
	return room[0]
}

func (h *host) Text(key string, bytes []byte) uintptr {
	h.texts = append(h.texts, key, string(bytes))
	return tricky.Text()
}

func (h *host) Type(yes bool, funcArg int8, rangeArg uint64, stringArg float64) bool {
	return !yes || funcArg != -8 || rangeArg != 1<<64-1 || stringArg != 0.5
}

func (h *host) Macro(unknown tricky.Unknown, out uintptr, number *int32) int32 {
	*number *= 2
	if unknown == 0 || out == 0 {
		return 0
	}
	return 3
}

func (h *host) Arrays(numbers *int32, key *byte, callback tricky.ArraysCallback) int32 {
	return unsafe.Slice(numbers, 2)[0] + int32(*key) + callback.Call(5)
}

func (h *host) OnClose(exitCode int32, hooks uintptr) int32 {
	if hooks != 0 {
		return 0
	}
	return exitCode + 1
}

func (h *host) Chosen(int32) (none tricky.ChosenResult) { return }
func (h *host) Deep() int64                             { return 1 << 40 }
func (h *host) Inner() int32                            { return 5 }

func held(t *testing.T, host *host, options ...outlive.Option) *tricky.Held {
	t.Helper()
	held, err := tricky.Hold(host, options...)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func TestEveryMemberCallsItsMethod(t *testing.T) {
	host := &host{}
	table := held(t, host)
	defer table.Release()
	if line := tricky.Call(table); line != 0 {
		t.Errorf("library.c:%d", line)
	}
	if len(host.texts) != 2 || host.texts[0] != "key" || host.texts[1] != "a\x00b" {
		t.Errorf("%q", host.texts)
	}
	if len(host.frames) != 2 || host.frames[1] != nil {
		t.Fatal(host.frames)
	}
	frame := *host.frames[0]
	frame.Name, frame.Next, frame.Sort = frame.Name&1, 0, 0
	want := tricky.Frame{
		At: tricky.Point{X: 1, Y: 2}, Bytes: [4]byte{1, 2, 3, 255}, Number: [8]byte{77},
		Union1: [4]byte{0, 0, 0xc0, 0x3f}, Left: -3, Right: 9, Name: frame.Name,
	}
	if frame != want {
		t.Errorf("%+v", frame)
	}
	if host.frames[0].Next == 0 || host.frames[0].Sort == 0 || host.frames[0].Name == 0 {
		t.Errorf("%+v", host.frames[0])
	}
}

func TestWhatCWritesIsNotTakenForAnAccident(t *testing.T) {
	table := held(t, &host{})
	defer table.Release()
	tricky.Call(table) // It writes `reserved`.
	members, err := table.Inspect()
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range members {
		want := outlive.Intact
		if member.Name == "reserved" {
			want = outlive.WrittenByC
		}
		if member.State != want {
			t.Error(member)
		}
	}
}

func TestCallsAfterTheEndGetTheFallbacks(t *testing.T) {
	host := &host{}
	table := held(t, host)
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	if line := tricky.CallEnded(table); line != 0 {
		t.Errorf("library.c:%d", line)
	}
	if host.frames != nil || host.texts != nil {
		t.Error("a method was called")
	}
	table.Release()
	outlive.TakeIncidents()
}

func TestTheDestroyNotifyLetsTheValueGo(t *testing.T) {
	ended := 0
	table := held(t, &host{}, outlive.OnEnd(func() { ended++ }))
	if ended != 0 {
		t.Error(ended)
	}
	tricky.Destroy(table)
	if !table.WasNotified() || ended != 1 {
		t.Error(table.WasNotified(), ended)
	}
	if err := table.HandOver(); err != nil {
		t.Error(err)
	}
}
