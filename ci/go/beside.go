// Uses two libraries that are written in Rust; a panic in one of them is caught in it.
package main

// #cgo LDFLAGS: ${SRCDIR}/libother.a -lm
// #include <stdint.h>
// int64_t other_sum(const int64_t *values, size_t count);
import "C"

import (
	"fmt"

	"outlive.dev/go/outlive"
)

func main() {
	timers := outlive.NewTokens[string]("timer")
	name, taken := timers.Take(timers.Insert("tick"))
	values := []C.int64_t{1, 2, 3}
	sum := C.other_sum(&values[0], 3)
	refused := C.other_sum(&values[0], 0)
	fmt.Printf("%s %t, other %d, other %d\n", name, taken, sum, refused)
}
