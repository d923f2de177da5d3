//go:build linux

package vde

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	plugMagic       = 0xfeedface
	plugVersion     = 3
	plugPathSize    = 108 // of sockaddr_un on Linux
	plugAnswerSize  = 2 + plugPathSize
	plugHandshake   = 5 * time.Second
	descriptionSize = 128
)

// A Plug is a client's connection to a hub or switch: a port of it, until Close. Any goroutine may use
// it; frames are sent and received one by one.
type Plug struct {
	data *net.UnixConn
	hub  *net.UnixAddr
	// The port lives as long as this connection.
	control *net.UnixConn
}

var plugs atomic.Uint32

// Connect connects to the hub that listens in a directory, as a port of the hub's choice. The
// description is what the hub shows for it.
func Connect(directory, description string) (*Plug, error) {
	plug, err := connect(directory, description)
	if err != nil {
		return nil, fmt.Errorf("vde: connect to the hub in %s: %w", directory, err)
	}
	return plug, nil
}

func connect(directory, description string) (*Plug, error) {
	// Absolute, as the hub is told a path and has a working directory of its own.
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, err
	}
	control, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(directory, "ctl"), Net: "unix"})
	if err != nil {
		return nil, err
	}
	name := filepath.Join(directory, fmt.Sprintf(".%05d-%05d", os.Getpid(), plugs.Add(1)))
	data, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	// Nobody needs the name after the handshake.
	defer os.Remove(name)
	plug := &Plug{data: data, control: control}
	if plug.hub, err = handshake(control, name, description); err != nil {
		return nil, errors.Join(err, plug.Close())
	}
	return plug, nil
}

// handshake asks for a port and gives the address to send frames to.
func handshake(control *net.UnixConn, name, description string) (*net.UnixAddr, error) {
	control.SetDeadline(time.Now().Add(plugHandshake))
	request := make([]byte, 0, 12+plugAnswerSize+descriptionSize)
	for _, word := range []uint32{plugMagic, plugVersion, 0} {
		request = binary.NativeEndian.AppendUint32(request, word)
	}
	request = binary.NativeEndian.AppendUint16(request, syscall.AF_UNIX)
	var path [plugPathSize]byte
	copy(path[:], name) // it was bound, so it fits
	request = append(request, path[:]...)
	request = append(request, description[:min(len(description), descriptionSize)]...)
	if _, err := control.Write(request); err != nil {
		return nil, err
	}
	var answer [plugAnswerSize]byte
	if _, err := io.ReadFull(control, answer[:]); err != nil {
		return nil, err
	}
	hub := answer[2:]
	length := 0
	for length < len(hub) && hub[length] != 0 {
		length++
	}
	if length == 0 {
		return nil, errors.New("it has answered without a path: is it a VDE 2 hub or switch?")
	}
	return &net.UnixAddr{Name: string(hub[:length]), Net: "unixgram"}, nil
}

// Send sends one frame.
func (p *Plug) Send(frame []byte) error {
	_, err := p.data.WriteToUnix(frame, p.hub)
	return err
}

// Receive receives one frame and gives its length. What frame has no room for is lost.
func (p *Plug) Receive(frame []byte) (int, error) {
	return p.data.Read(frame)
}

// SetDeadline sets when Send and Receive give up, with an error that is os.ErrDeadlineExceeded.
func (p *Plug) SetDeadline(at time.Time) error { return p.data.SetDeadline(at) }

// Close gives the port back.
func (p *Plug) Close() error {
	return errors.Join(p.data.Close(), p.control.Close())
}
