// Package dbus gives libdbus an object path whose methods are written in Go. Its table is generated;
// the tests have the library call it.
package dbus

// #include "library.h"
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// A Bus is a server and a client of it, both in this process, that no daemon stands between.
type Bus struct{ bus *C.struct_outlive_bus }

// NewBus makes one. It listens in a directory.
func NewBus(directory string) (Bus, error) {
	address := C.CString("unix:dir=" + directory)
	defer C.free(unsafe.Pointer(address))
	bus := C.outlive_bus_new(address)
	if bus == nil {
		return Bus{}, errors.New("libdbus has made no connection")
	}
	return Bus{bus}, nil
}

// Free ends both; libdbus forgets what was registered.
func (b Bus) Free() { C.outlive_bus_free(b.bus) }

// Register has a table serve an object path of the server's side.
func (b Bus) Register(held *Held, path string) bool {
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))
	done := C.outlive_bus_register(b.bus, cPath, (*C.struct_DBusObjectPathVTable)(held.Table()), C.uintptr_t(held.UserData()))
	runtime.KeepAlive(held)
	return done != 0
}

// Unregister has libdbus forget the table.
func (b Bus) Unregister(path string) bool {
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))
	return C.outlive_bus_unregister(b.bus, cPath) != 0
}

// Ask calls a method of an object from the client's side, and gives what the server answers: a text, or
// an error's name.
func (b Bus) Ask(path, method, text string) (answer, failure string) {
	cPath, cMethod, cText := C.CString(path), C.CString(method), C.CString(text)
	defer C.free(unsafe.Pointer(cPath))
	defer C.free(unsafe.Pointer(cMethod))
	defer C.free(unsafe.Pointer(cText))
	var failed C.int
	given := C.outlive_bus_ask(b.bus, cPath, cMethod, cText, &failed)
	defer C.free(unsafe.Pointer(given))
	if failed != 0 {
		return "", C.GoString(given)
	}
	return C.GoString(given), ""
}

// Member is the name of the method that a message calls.
func (m Message) Member() string { return C.GoString(C.outlive_message_member(C.uintptr_t(m))) }

// Text is a message's first argument.
func (m Message) Text() string { return C.GoString(C.outlive_message_text(C.uintptr_t(m))) }

// Reply answers a message.
func (c Connection) Reply(to Message, text string) bool {
	cText := C.CString(text)
	defer C.free(unsafe.Pointer(cText))
	return C.outlive_connection_reply(C.uintptr_t(c), C.uintptr_t(to), cText) != 0
}
