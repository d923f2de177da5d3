package outlive

// #include <outlive.h>
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// A Kind is a kind of Incident.
type Kind uint32

// The kinds of incident.
const (
	LateCall       = Kind(C.OUTLIVE_LATE_CALL)              // after the end
	WrongThread    = Kind(C.OUTLIVE_CALL_FROM_WRONG_THREAD) // into a table that is bound to another
	ConcurrentCall = Kind(C.OUTLIVE_CONCURRENT_CALL)        // into an exclusive table that is busy
	Panicked       = Kind(C.OUTLIVE_PANIC)                  // a method has
	BadToken       = Kind(C.OUTLIVE_TOKEN_NOT_LIVE)         // taken before, invented, or another's
	BadArgument    = Kind(C.OUTLIVE_ARGUMENT_REFUSED)       // or user data of no table, or of another type's
	AlteredTable   = Kind(C.OUTLIVE_ALTERED_TABLE)          // a member is not what C was given
	NoInstanceLeft = Kind(C.OUTLIVE_INSTANCES_TAKEN)        // of a context-free table
	NeverReleased  = Kind(C.OUTLIVE_NEVER_RELEASED)         // when the process ended
	SlowClose      = Kind(C.OUTLIVE_SLOW_CLOSE)             // waits for a call for a second or more
	BarrierLost    = Kind(C.OUTLIVE_BARRIER_LOST)           // the system forbids it: the value is kept
	ThreadGone     = Kind(C.OUTLIVE_THREAD_GONE)            // it ended inside a call: the value is kept
)

var kindNames = map[Kind]string{
	LateCall:       "late call",
	WrongThread:    "call from the wrong thread",
	ConcurrentCall: "concurrent call",
	Panicked:       "panic",
	BadToken:       "bad token",
	BadArgument:    "bad argument",
	AlteredTable:   "altered table",
	NoInstanceLeft: "no instance left",
	NeverReleased:  "never released",
	SlowClose:      "slow close",
	BarrierLost:    "barrier lost",
	ThreadGone:     "thread gone",
}

func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind %d", uint32(k))
}

// An Incident is what C or the host did that would have been undefined behaviour elsewhere.
type Incident struct {
	Kind     Kind
	Count    uint32 // which one of its kind and table it is, from 1
	ID       uint64 // the table's, or 0
	Table    string // the C struct's name, or that of the Tokens
	Callback string // or ""
	Created  Place  // where the table was held, if that is known
	Ended    Place  // where it was ended, if an explicit call did
	Thread   uint32 // the kernel's number of the thread it happened on
	Detail   string // what there is to say beyond the kind
}

func (i Incident) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%v: %s", i.Kind, i.Table)
	if i.Callback != "" {
		fmt.Fprintf(&text, ".%s", i.Callback)
	}
	if i.Detail != "" {
		fmt.Fprintf(&text, ": %s", i.Detail)
	}
	if i.Created != (Place{}) {
		fmt.Fprintf(&text, " (held at %v", i.Created)
		if i.Ended != (Place{}) {
			fmt.Fprintf(&text, ", ended at %v", i.Ended)
		}
		text.WriteString(")")
	}
	return text.String()
}

// TakeIncidents gives the incidents that nobody has taken yet, oldest first. At most 256 wait. The first of each kind
// and table was written to stderr too; those that repeat it are counted.
func TakeIncidents() (taken []Incident) {
	// On the heap: an empty text's pointer is a number that must not come onto the stack.
	found := make([]C.struct_outlive_incident, 64)
	for {
		count := int(C.outlive_take_incidents(&found[0], C.size_t(len(found)), C.sizeof_struct_outlive_incident))
		for i := range found[:count] {
			taken = append(taken, readIncident(&found[i]))
		}
		if count < len(found) {
			return taken
		}
	}
}

// MissedIncidents is how many incidents found no room to wait in, since the process began.
func MissedIncidents() uint64 { return uint64(C.outlive_missed_incidents()) }

func readIncident(from *C.struct_outlive_incident) Incident {
	return Incident{
		Kind:     Kind(from.kind),
		Count:    uint32(from.count),
		ID:       uint64(from.id),
		Table:    readText(&from.table),
		Callback: readText(&from.callback),
		Created:  readPlace(&from.created),
		Ended:    readPlace(&from.ended),
		Thread:   uint32(from.thread),
		Detail:   C.GoString((*C.char)(unsafe.Pointer(&from.detail[0]))),
	}
}
