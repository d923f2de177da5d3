package outlive

// #include <outlive.h>
import "C"

import (
	"fmt"
	"strings"
)

// Where a table stands in its life.
const (
	StateLive    = "live"    // calls are let in
	StateEnding  = "ending"  // calls are refused, and the value has not been let go yet
	StateEnded   = "ended"   // the value was let go; the table was not released
	StateKept    = "kept"    // the value is kept for good
	StateServing = "serving" // calls are refused but those that take back; the value is held until the release
)

// A Place is a line of a source file. The zero Place is none.
type Place struct {
	File string
	Line int
}

func (p Place) String() string {
	if p == (Place{}) {
		return "unknown"
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// An Entry is a table of the Ledger.
type Entry struct {
	ID         uint64 // as Held.ID
	Table      string // the C struct's name
	Host       string // the interface's name
	State      string // StateLive, StateEnding, StateEnded, StateKept or StateServing
	Leaked     bool   // on purpose
	Created    Place  // where it was held
	Ended      Place  // where it was ended, if an explicit call did
	InFlight   uint64 // the calls that are inside
	Refused    uint64
	Panicked   uint64
	Served     uint64 // where the table counts them
	TableBytes uint64 // of a copy of the struct of its own
	// Incidents counts them by kind. Nil where there was none.
	Incidents map[Kind]uint64
}

// Ledger lists every table of the process that is alive or kept, those of other languages too.
func Ledger() []Entry {
	var found []C.struct_outlive_entry
	for count := C.uintptr_t(16); ; {
		found = make([]C.struct_outlive_entry, count)
		now := C.uintptr_t(C.outlive_ledger(&found[0], C.size_t(count), C.sizeof_struct_outlive_entry))
		if now <= count {
			found = found[:now]
			break
		}
		count = now + now/4 // more may be held meanwhile
	}
	entries := make([]Entry, len(found))
	for i := range found {
		entries[i] = readEntry(&found[i])
	}
	return entries
}

// readEntry reads by a pointer: an empty text's own pointer is a number that must not come onto the stack.
func readEntry(from *C.struct_outlive_entry) Entry {
	return Entry{
		ID:         uint64(from.id),
		Table:      readText(&from.table),
		Host:       readText(&from.host),
		State:      stateName(from.state),
		Leaked:     bool(from.leaked),
		Created:    readPlace(&from.created),
		Ended:      readPlace(&from.ended),
		InFlight:   uint64(from.in_flight),
		Refused:    uint64(from.refused),
		Panicked:   uint64(from.panicked),
		Served:     uint64(from.served),
		TableBytes: uint64(from.table_bytes),
		Incidents:  readIncidentCounts(&from.incidents),
	}
}

func readIncidentCounts(from *[C.OUTLIVE_INCIDENT_KINDS]C.uint32_t) (counts map[Kind]uint64) {
	for kind, count := range from {
		if count == 0 {
			continue
		}
		if counts == nil {
			counts = map[Kind]uint64{}
		}
		counts[Kind(kind)] = uint64(count)
	}
	return counts
}

func stateName(state C.uint32_t) string {
	switch state {
	case C.OUTLIVE_LIVE:
		return StateLive
	case C.OUTLIVE_ENDING:
		return StateEnding
	case C.OUTLIVE_ENDED:
		return StateEnded
	case C.OUTLIVE_SERVING:
		return StateServing
	}
	return StateKept
}

func readText(text *C.struct_outlive_text) string {
	if text.length == 0 {
		return ""
	}
	return C.GoStringN(text.text, C.int(text.length))
}

func readPlace(place *C.struct_outlive_place) Place {
	return Place{File: readText(&place.file), Line: int(place.line)}
}

func (e Entry) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s #%d (%s): %s, held at %v", e.Table, e.ID, e.Host, e.State, e.Created)
	if e.Ended != (Place{}) {
		fmt.Fprintf(&text, ", ended at %v", e.Ended)
	}
	if e.Leaked {
		text.WriteString(", leaked on purpose")
	}
	fmt.Fprintf(&text, "; %d calls inside, %d refused, %d panicked", e.InFlight, e.Refused, e.Panicked)
	return text.String()
}
