// Package tricky is a table of everything that C has, as outlive gen go makes it of a header that has all
// of it, with C code that calls every member.
package tricky

// #include "library.h"
import "C"

import "runtime"

// Call calls every member, and gives the line of library.c that was not satisfied, or 0.
func Call(held *Held) int {
	defer runtime.KeepAlive(held)
	return int(C.outlive_tricky_call((*C.struct_tricky)(held.Table()), C.uintptr_t(held.UserData())))
}

// CallEnded does so with a table whose calls are to be refused.
func CallEnded(held *Held) int {
	defer runtime.KeepAlive(held)
	return int(C.outlive_tricky_call_ended((*C.struct_tricky)(held.Table()), C.uintptr_t(held.UserData())))
}

// Destroy calls the destroy notify.
func Destroy(held *Held) {
	defer runtime.KeepAlive(held)
	C.outlive_tricky_destroy((*C.struct_tricky)(held.Table()), C.uintptr_t(held.UserData()))
}

// Number is the address of a number of C's, 5 or 3.
func Number(which int) uintptr { return uintptr(C.outlive_tricky_number(C.int(which))) }

// Text is the address of a text of C's.
func Text() uintptr { return uintptr(C.outlive_tricky_text()) }
