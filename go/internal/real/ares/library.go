// Package ares gives c-ares sockets that are made in Go. Its table is generated; the tests have the
// library call it.
package ares

// #include "library.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Resolve asks a name server, by its address and port, for the IPv4 address of a name.
func Resolve(held *Held, server, name string) (address [4]byte, err string) {
	cServer, cName := C.CString(server), C.CString(name)
	defer C.free(unsafe.Pointer(cServer))
	defer C.free(unsafe.Pointer(cName))
	status := C.outlive_resolve((*C.struct_ares_socket_functions)(held.Table()), C.uintptr_t(held.UserData()),
		cServer, cName, (*C.uchar)(unsafe.Pointer(&address)))
	runtime.KeepAlive(held)
	if status != C.ARES_SUCCESS {
		err = C.GoString(C.ares_strerror(status))
	}
	return address, err
}
