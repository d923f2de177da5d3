// Package vde runs a VDE hub, a C library that is driven by the host's event loop.
//
// A hub keeps a table of four callbacks, vde_event_handler, for as long as it lives. Here they are the
// methods of an [EventHandler]: of [NativeHandler], with which the hub's events never come into Go; of
// [Loop], which is written in Go; or of a type of yours.
//
//	hub, err := vde.NewContext(vde.NativeHandler())
//	if err != nil { ... }
//	defer hub.Close()
//	err = hub.Listen("/run/vde.ctl")
//
// # Goroutines
//
// The C library wants a hub to be used by one thread at a time. With [NativeHandler] and [Loop], as with
// every handler that is a [Driver], a [Context] sees to that, and any goroutine may use it. With another
// handler use the Context only from the goroutine that calls the hub's events.
//
// Close ends the C library's hub first, and releases the table when that has returned. A Context that is
// dropped without Close ends by itself, on its driver. Where there is none, nobody says where it may be
// ended: the hub lives on for as long as the process, and outlive.Ledger names its table.
package vde
