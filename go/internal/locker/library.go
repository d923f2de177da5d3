// Package locker is a C library that has its host lock and unlock around what it does, with its table as outlive gen go
// generates it: without any option, and with --takes-back unlock.
package locker

// #include "locker.h"
//
// /* A number that each thread has for itself. */
// static uintptr_t locker_thread(void)
// {
// 	static _Thread_local char own;
// 	return (uintptr_t)&own;
// }
import "C"

import "unsafe"

// Begin has the library begin something, on this thread: it calls lock.
func Begin(table unsafe.Pointer, userData uintptr) {
	C.locker_begin((*C.struct_locker)(table), C.uintptr_t(userData))
}

// End has it end that: it calls unlock.
func End(table unsafe.Pointer, userData uintptr) {
	C.locker_end((*C.struct_locker)(table), C.uintptr_t(userData))
}

// Thread is a number that no other thread has, while this one lives.
func Thread() uintptr { return uintptr(C.locker_thread()) }
