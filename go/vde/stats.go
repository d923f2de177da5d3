//go:build linux

package vde

// #include <vde_hub.h>
import "C"

// Stats are the counters of a hub. For each frame received, and not dropped by the listener, each other
// port open at that moment adds one to exactly one of FramesDelivered, FramesQueued, DroppedQueueFull
// and DroppedPeerGone.
type Stats struct {
	PortsOpen          uint64 // now
	PortsEver          uint64
	Handshakes         uint64 // connections without a complete request, now
	FramesReceived     uint64
	FramesDelivered    uint64 // summed over the ports
	FramesQueued       uint64 // waiting for a slow port, now
	DroppedQueueFull   uint64
	DroppedTooShort    uint64
	DroppedTooLong     uint64
	DroppedPeerGone    uint64
	DroppedByListener  uint64
	BadRequests        uint64
	RefusedConnections uint64
	HandlerFailures    uint64 // EventAdd or TimeoutAdd gave no token
}

// Stats gives the hub's counters. Error: ErrContextClosed.
func (c *Context) Stats() (Stats, error) {
	var from C.vde_hub_stats
	err := c.use(func(pointer *C.vde_context) error {
		C.vde_hub_get_stats(pointer, &from)
		return nil
	})
	return Stats{
		PortsOpen:          uint64(from.ports_open),
		PortsEver:          uint64(from.ports_ever),
		Handshakes:         uint64(from.handshakes),
		FramesReceived:     uint64(from.frames_received),
		FramesDelivered:    uint64(from.frames_delivered),
		FramesQueued:       uint64(from.frames_queued),
		DroppedQueueFull:   uint64(from.dropped_queue_full),
		DroppedTooShort:    uint64(from.dropped_too_short),
		DroppedTooLong:     uint64(from.dropped_too_long),
		DroppedPeerGone:    uint64(from.dropped_peer_gone),
		DroppedByListener:  uint64(from.dropped_by_listener),
		BadRequests:        uint64(from.bad_requests),
		RefusedConnections: uint64(from.refused_connections),
		HandlerFailures:    uint64(from.handler_failures),
	}, err
}

// A Port is an open port of a hub.
type Port struct {
	Number        uint32
	Description   string
	FramesIn      uint64
	FramesOut     uint64
	FramesDropped uint64
	FramesQueued  uint64 // now
}

// Ports describes the open ports, in the order in which their peers connected. Error: ErrContextClosed.
func (c *Context) Ports() ([]Port, error) {
	var ports []Port
	err := c.use(func(pointer *C.vde_context) error {
		count := C.vde_hub_get_ports(pointer, nil, 0)
		if count == 0 {
			return nil
		}
		infos := make([]C.vde_port_info, count)
		count = min(count, C.vde_hub_get_ports(pointer, &infos[0], count))
		for _, info := range infos[:count] {
			ports = append(ports, Port{
				Number:        uint32(info.port),
				Description:   C.GoString(&info.description[0]),
				FramesIn:      uint64(info.frames_in),
				FramesOut:     uint64(info.frames_out),
				FramesDropped: uint64(info.frames_dropped),
				FramesQueued:  uint64(info.frames_queued),
			})
		}
		return nil
	})
	return ports, err
}

// Limits are the bounds of a hub. Times are in milliseconds.
type Limits struct {
	QueueFrames uint32 // frames waiting for one slow port
	MaxPorts    uint32 // connections at once, handshakes included
	HandshakeMs uint32 // time a peer has for its request
	IdleMs      uint32 // age at which a silent port is closed; 0: never
	FrameMax    uint32 // longest frame accepted
}

// Limits gives the hub's bounds. Error: ErrContextClosed.
func (c *Context) Limits() (Limits, error) {
	var from C.vde_limits
	err := c.use(func(pointer *C.vde_context) error {
		C.vde_hub_get_limits(pointer, &from)
		return nil
	})
	return Limits{
		QueueFrames: uint32(from.queue_frames),
		MaxPorts:    uint32(from.max_ports),
		HandshakeMs: uint32(from.handshake_ms),
		IdleMs:      uint32(from.idle_ms),
		FrameMax:    uint32(from.frame_max),
	}, err
}

// SetLimits replaces the hub's bounds; read them first to change one. Errors: ErrContextClosed,
// syscall.EINVAL for a value out of range, whereupon the old ones stay.
func (c *Context) SetLimits(limits Limits) error {
	to := C.vde_limits{
		queue_frames: C.uint(limits.QueueFrames),
		max_ports:    C.uint(limits.MaxPorts),
		handshake_ms: C.uint(limits.HandshakeMs),
		idle_ms:      C.uint(limits.IdleMs),
		frame_max:    C.uint(limits.FrameMax),
	}
	return c.use(func(pointer *C.vde_context) error {
		if status, err := C.vde_hub_set_limits(pointer, &to); status != 0 {
			return err
		}
		return nil
	})
}
