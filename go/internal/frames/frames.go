//go:build amd64 || arm64

// Package frames tells call sites apart faster than runtime.Callers, which looks each frame up in the
// program's tables.
package frames

// Returns gives the return addresses of four frames: its own, its caller's, and those of the two
// functions above that. Fewer are there near the bottom of a stack; the others are 0 then. Two calls with
// the same addresses come from the same lines. What lines they are runtime.Callers knows, and not these
// addresses: a function that the compiler has put into its caller has no frame.
//
// Every frame that is looked at is one of Go's, whose frame pointer the Go ABI defines: the functions that
// C calls have two of the runtime's above them.
//
//go:noescape
func Returns() (addresses [4]uintptr)
