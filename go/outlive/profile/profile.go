// Package profile makes the pprof profile "outlive" of what is held, with the stack of each hold:
//
//	import _ "outlive.dev/go/outlive/profile"
//
// The profile counts what was held since the program began and was not released, nor handed over and ended, nor
// leaked on purpose: a hold that is lost stays in it. A program that imports net/http/pprof serves it with the others:
//
//	go tool pprof http://localhost:6060/debug/pprof/outlive
//
// Any other writes it:
//
//	pprof.Lookup("outlive").WriteTo(file, 0)   // then: go tool pprof -top file
//
// It costs each hold the time in which two stacks are recorded, a microsecond or two, and a call nothing. It is a
// package of its own because runtime/pprof makes a program half a megabyte larger.
package profile

import (
	"runtime/pprof"

	"outlive.dev/go/internal/holds"
)

// Name is the profile's name.
const Name = "outlive"

func init() {
	profile := pprof.Lookup(Name)
	if profile == nil {
		profile = pprof.NewProfile(Name)
	}
	holds.Tell(profile)
}
