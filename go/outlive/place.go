package outlive

// #include <stdint.h>
import "C"

import (
	"runtime"
	"strings"
	"sync"
)

// place is a source line in the form in which C takes it. Its text lives as long as the process.
type place struct {
	file *C.char
	line C.uint32_t
}

// places keeps one place for each line that ever held or ended a table.
var places sync.Map // of a program counter to a place

var unknown = place{file: C.CString("unknown")}

// caller is the line that called the exported function of this package in which caller is called,
// or that many callers above it.
func caller(skip int) place {
	var counters [1]uintptr
	// runtime.Callers, caller, the exported function.
	if runtime.Callers(3+skip, counters[:]) == 0 {
		return unknown
	}
	if found, ok := places.Load(counters[0]); ok {
		return found.(place)
	}
	frame, _ := runtime.CallersFrames(counters[:]).Next()
	switch {
	case frame.File == "":
		return unknown
	case strings.HasPrefix(frame.Function, "runtime."):
		// A go statement, or a deferred call while a panic goes by: no line of the program's.
		return unknown
	}
	made := place{file: C.CString(frame.File), line: C.uint32_t(frame.Line)}
	found, raced := places.LoadOrStore(counters[0], made)
	if raced {
		free(made.file)
	}
	return found.(place)
}
