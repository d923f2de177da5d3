package right

// #include "../../vde/vde_hub.h"
import "C"

import "outlive.dev/go/vde"

// Hub is C's hub with the table that it keeps.
type Hub struct {
	held *vde.Held
	hub  *C.vde_context
}

// newHub gives the hub a table whose functions are host's methods. vde.Hold was generated from the hub's header, by
// `outlive gen go`.
func newHub(host vde.EventHandler) (*Hub, error) {
	held, err := vde.Hold(host)
	if err != nil {
		return nil, err
	}
	hub, err := C.init_vde_context((*C.vde_event_handler)(held.Table()))
	if hub == nil {
		held.Release()
		return nil, err
	}
	return &Hub{held, hub}, nil
}

// Close ends the hub, which asks its host for nothing any more, and then gives the table back.
func (h *Hub) Close() error {
	C.vde_hub_fini(h.hub)
	return h.held.Release()
}
