package outlive

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"outlive.dev/go/internal/holds"
)

// Report writes what is held: each table and function that was not released, those of other languages too, with the
// line that holds it, the calls that are inside, and what was refused. Where the environment has OUTLIVE_DEBUG=1, or
// the program imports outlive.dev/go/outlive/profile, each stands with its age and the stack that held it. It writes
// nothing where nothing is held.
//
// It says how many were left, but for those that were leaked on purpose. Call it at the end of main, for Go runs no
// atexit handlers, or whenever the program is to say what it holds. Any goroutine may call it.
//
// Error: that of w.
func Report(w io.Writer) (left int, err error) {
	var text bytes.Buffer
	records := holds.ByID()
	ledger := Ledger()
	for _, entry := range ledger {
		if !entry.Leaked {
			left++
		}
	}
	if len(ledger) == 0 {
		return 0, nil
	}
	fmt.Fprintf(&text, "outlive: %d not released, %d leaked on purpose\n", left, len(ledger)-left)
	for _, entry := range ledger {
		fmt.Fprintf(&text, "%v\n", entry)
		writeIncidents(&text, entry.Incidents)
		writeRecord(&text, records[entry.ID])
	}
	if !holds.IsRecording() {
		text.WriteString("outlive: set OUTLIVE_DEBUG=1 to see how old they are, and the stacks that held them\n")
	}
	_, err = w.Write(text.Bytes())
	return left, err
}

func writeIncidents(text *bytes.Buffer, incidents map[Kind]uint64) {
	for _, kind := range slices.Sorted(maps.Keys(incidents)) {
		fmt.Fprintf(text, "\tincident: %v, %d times\n", kind, incidents[kind])
	}
}

// writeRecord writes as the runtime writes stacks.
func writeRecord(text *bytes.Buffer, record *holds.Record) {
	if record == nil {
		return
	}
	fmt.Fprintf(text, "\theld for %v by\n", time.Since(record.Since()).Round(time.Millisecond))
	frames := record.Frames()
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			fmt.Fprintf(text, "\t%s\n\t\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return
		}
	}
}
