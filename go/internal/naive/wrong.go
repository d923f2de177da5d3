package naive

// #include "naive.h"
import "C"

// newTable is the table as the header wants it.
func newTable() *C.vde_event_handler {
	return &C.vde_event_handler{
		event_add:   C.naive_event_add_function(),
		event_del:   C.naive_event_del_function(),
		timeout_add: C.naive_timeout_add_function(),
		timeout_del: C.naive_event_del_function(),
	}
}

// newHub gives a table of Go's memory to the hub.
func newHub() *C.vde_context {
	table := newTable()
	lookAt(table) // for the story: it keeps the address as a number
	// cgo lets it pass, for the table contains no Go pointer. That C keeps it nobody checks, and from
	// here on only C has it: the collector, which does not look there, takes the memory back.
	return C.init_vde_context(table)
}
