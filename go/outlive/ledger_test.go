package outlive_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

// entryOf is the ledger's entry of a table, if it is there.
func entryOf(id uint64) (outlive.Entry, bool) {
	ledger := outlive.Ledger()
	i := slices.IndexFunc(ledger, func(entry outlive.Entry) bool { return entry.ID == id })
	if i < 0 {
		return outlive.Entry{}, false
	}
	return ledger[i], true
}

// incidents keeps what all tests have taken, as there is one list for all of them.
var incidents struct {
	sync.Mutex
	taken []outlive.Incident
}

func drainIncidents() {
	incidents.Lock()
	defer incidents.Unlock()
	incidents.taken = append(incidents.taken, outlive.TakeIncidents()...)
}

func incidentsOf(id uint64, kind outlive.Kind) (found []outlive.Incident) {
	drainIncidents()
	incidents.Lock()
	defer incidents.Unlock()
	for _, incident := range incidents.taken {
		if incident.ID == id && incident.Kind == kind {
			found = append(found, incident)
		}
	}
	return found
}

func expectDropped(t *testing.T, id uint64) {
	t.Helper()
	entry, ok := entryOf(id)
	if !ok || entry.State != outlive.StateEnded || entry.Refused == 0 || entry.Leaked {
		t.Errorf("%v %v", entry, ok)
	}
	late := incidentsOf(id, outlive.LateCall)
	if len(late) == 0 || late[0].Table != "keeper_listener" || late[0].Callback != "on_event" {
		t.Error(late)
	}
}

func TestTheLedgerNamesTheLinesOfGo(t *testing.T) {
	drainIncidents()
	h, err := keeper.Hold(&listener{})
	line := lineAbove()
	if err != nil {
		t.Fatal(err)
	}
	k := keeper.New(h.Table(), h.UserData())
	k.Fire(1)
	entry, ok := entryOf(h.ID())
	if !ok || entry.Table != "keeper_listener" || entry.State != outlive.StateLive || at(entry.Created) != line {
		t.Errorf("%v, wanted %s", entry, line)
	}
	h.Revoke()
	ended := lineAbove()
	k.Fire(1)
	entry, ok = entryOf(h.ID())
	if !ok || entry.State != outlive.StateEnded || at(entry.Ended) != ended || entry.Refused != 1 {
		t.Errorf("%v, wanted %s", entry, ended)
	}
	late := incidentsOf(h.ID(), outlive.LateCall)
	if len(late) != 1 || at(late[0].Created) != line || at(late[0].Ended) != ended {
		t.Error(late)
	}
	h.Release()
	if entry, ok := entryOf(h.ID()); ok {
		t.Error("released, and still listed: ", entry)
	}
}

func TestTheLedgerCountsCallsThatAreInside(t *testing.T) {
	var during outlive.Entry
	var h *keeper.Held
	l := &listener{event: func(int32) int32 { during, _ = entryOf(h.ID()); return 0 }}
	h, k := held(t, l)
	defer h.Release()
	k.Fire(1)
	if during.InFlight != 1 {
		t.Error(during)
	}
}

func TestALeakedTableIsListedAsSuch(t *testing.T) {
	h, k := held(t, &listener{})
	id := h.ID()
	if err := h.Leak(); err != nil {
		t.Fatal(err)
	}
	h = nil
	churn()
	if entry, ok := entryOf(id); !ok || !entry.Leaked || k.Fire(1) != 2 {
		t.Error(entry, ok)
	}
}

func TestAPanicIsReportedWithItsLine(t *testing.T) {
	h, k := held(t, &listener{event: func(int32) int32 { panic("out of cheese") }})
	defer h.Release()
	k.Fire(1)
	panicked := incidentsOf(h.ID(), outlive.Panicked)
	if len(panicked) != 1 || !strings.Contains(panicked[0].Detail, "out of cheese at ") {
		t.Error(panicked)
	}
	if entry, _ := entryOf(h.ID()); entry.Panicked != 1 {
		t.Error(entry)
	}
}

func TestABadTokenIsReported(t *testing.T) {
	tokens := outlive.NewTokens[string]("reported event")
	reported := func() (count int) {
		for _, incident := range incidentsOf(0, outlive.BadToken) {
			if incident.Table == "reported event" && filepath.Base(incident.Created.File) == "ledger_test.go" {
				count++
			}
		}
		return count
	}
	before := reported()
	token := tokens.Insert("")
	tokens.Take(token)
	tokens.Take(token)
	tokens.Get(4711)
	if count := reported() - before; count != 2 {
		t.Error(count)
	}
}

func TestInspectShowsWhatCSees(t *testing.T) {
	h, _ := held(t, &listener{})
	members, err := h.Inspect()
	if err != nil || len(members) != 4 {
		t.Fatal(members, err)
	}
	for i, name := range []string{"on_event", "on_do", "on_undo", "destroy"} {
		if m := members[i]; m.Name != name || m.State != outlive.Intact || m.Value == 0 {
			t.Error(m)
		}
	}
	h.Release()
	if members, err := h.Inspect(); err == nil {
		t.Error(members)
	}
}

// lineAbove is the line above its caller's, as at gives a place.
func lineAbove() string {
	_, file, line, _ := runtime.Caller(1)
	return at(outlive.Place{File: file, Line: line - 1})
}

func at(place outlive.Place) string {
	return fmt.Sprintf("%s:%d", filepath.Base(place.File), place.Line)
}

// holdHere and holdThere are small enough for the compiler to put them into their caller.
func holdHere() (*keeper.Held, error)  { return keeper.Hold(&listener{}) }
func holdThere() (*keeper.Held, error) { return keeper.Hold(&listener{}) }

func TestEachLineIsNamedAlsoWhenItIsKnown(t *testing.T) {
	for range 3 { // the first time each is looked up
		here, there := must(holdHere()), must(holdThere())
		first, second := must(keeper.Hold(&listener{})), must(keeper.Hold(&listener{}))
		line := lineAbove()
		first.Revoke()
		revoked := lineAbove()
		second.Revoke()
		revokedToo := lineAbove()
		entry := func(h *keeper.Held) outlive.Entry {
			found, ok := entryOf(h.ID())
			if !ok {
				t.Fatalf("%v is not in the ledger", h)
			}
			return found
		}
		if at(entry(first).Created) != line || at(entry(second).Created) != line {
			t.Errorf("%v, %v, wanted %s", entry(first), entry(second), line)
		}
		if at(entry(first).Ended) != revoked || at(entry(second).Ended) != revokedToo {
			t.Errorf("%v, %v, wanted %s and %s", entry(first), entry(second), revoked, revokedToo)
		}
		if there, here := entry(there).Created, entry(here).Created; there.Line != here.Line+1 {
			t.Errorf("%v and %v", here, there)
		}
		for _, h := range []*keeper.Held{here, there, first, second} {
			h.Release()
		}
	}
}

func TestAGoStatementHasNoLineOfTheRuntime(t *testing.T) {
	h, _ := held(t, &listener{})
	defer h.Release()
	go h.Revoke()
	within(t, "the goroutine revokes it", func() bool {
		entry, _ := entryOf(h.ID())
		return entry.Ended != outlive.Place{}
	})
	if entry, _ := entryOf(h.ID()); entry.Ended.File != "unknown" {
		t.Error(entry.Ended)
	}
}
