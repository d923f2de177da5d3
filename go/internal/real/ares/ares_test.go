package ares_test

import (
	"encoding/binary"
	"net"
	"syscall"
	"testing"

	"outlive.dev/go/internal/real/ares"
	"outlive.dev/go/outlive"
)

// sockets are the system's, with a count of what is done with them.
type sockets struct {
	opened, closed, connected, sent, received int
}

// failed says why a call has failed, as C does.
func failed(err error) int32 {
	if number, ok := err.(syscall.Errno); ok {
		outlive.SetErrno(number)
	}
	return -1
}

func (s *sockets) Asocket(domain, kind, protocol int32) int32 {
	fd, err := syscall.Socket(int(domain), int(kind)|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		return failed(err)
	}
	s.opened++
	return int32(fd)
}

func (s *sockets) Aclose(fd int32) int32 {
	s.closed++
	if err := syscall.Close(int(fd)); err != nil {
		return failed(err)
	}
	return 0
}

func (s *sockets) Aconnect(fd int32, address []byte) int32 {
	to := &syscall.SockaddrInet4{Port: int(binary.BigEndian.Uint16(address[2:])), Addr: [4]byte(address[4:8])}
	if err := syscall.Connect(int(fd), to); err != nil {
		return failed(err)
	}
	s.connected++
	return 0
}

func (s *sockets) Arecvfrom(fd int32, buffer []byte, flags int32, from ares.SockaddrAddress, fromLength *uint32) int {
	n, sender, err := syscall.Recvfrom(int(fd), buffer, int(flags))
	if err != nil {
		return int(failed(err))
	}
	if sender, ok := sender.(*syscall.SockaddrInet4); ok && from != 0 {
		raw := outlive.Memory[byte](uintptr(from), uintptr(*fromLength))
		binary.NativeEndian.PutUint16(raw, syscall.AF_INET)
		binary.BigEndian.PutUint16(raw[2:], uint16(sender.Port))
		copy(raw[4:], sender.Addr[:])
		*fromLength = syscall.SizeofSockaddrInet4
	}
	s.received++
	return n
}

func (s *sockets) Asendv(fd int32, parts []ares.Iovec) int {
	var whole []byte
	for _, part := range parts {
		whole = append(whole, outlive.Memory[byte](part.Base, uintptr(part.Len))...)
	}
	n, err := syscall.Write(int(fd), whole)
	if err != nil {
		return int(failed(err))
	}
	s.sent++
	return n
}

// server answers every question of the DNS with 192.0.2.7.
func server(t *testing.T) string {
	connection, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	go func() {
		question := make([]byte, 512)
		for {
			n, from, err := connection.ReadFrom(question)
			if err != nil {
				return
			}
			// One answer; the question goes back as it is, without its additional records.
			end := 12
			for question[end] != 0 {
				end += int(question[end]) + 1
			}
			if end += 5; end > n {
				continue
			}
			answer := append([]byte(nil), question[:end]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7)
			connection.WriteTo(answer, from)
		}
	}()
	return connection.LocalAddr().String()
}

func held(t *testing.T, host ares.SocketFunctions) *ares.Held {
	t.Helper()
	held, err := ares.Hold(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := held.Release(); err != nil {
			t.Error(err)
		}
	})
	return held
}

func TestAQueryGoesThroughSocketsOfGos(t *testing.T) {
	host := &sockets{}
	address, err := ares.Resolve(held(t, host), server(t), "outlive.example")
	if err != "" || address != [4]byte{192, 0, 2, 7} {
		t.Error(address, err)
	}
	if host.opened == 0 || host.opened != host.closed || host.connected == 0 || host.sent == 0 || host.received == 0 {
		t.Errorf("%+v", *host)
	}
}

func TestARevokedTableOpensNoSocket(t *testing.T) {
	host := &sockets{}
	table := held(t, host)
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	outlive.TakeIncidents()
	if address, err := ares.Resolve(table, server(t), "outlive.example"); err == "" {
		t.Error(address)
	}
	incidents := outlive.TakeIncidents()
	if host.opened != 0 || len(incidents) == 0 || incidents[0].ID != table.ID() {
		t.Errorf("%+v, %v", *host, incidents)
	}
}

type panicking struct{ sockets }

func (p *panicking) Aconnect(fd int32, address []byte) int32 { panic("not today") }

func TestAPanicIsAConnectionThatFailed(t *testing.T) {
	host := &panicking{}
	if address, err := ares.Resolve(held(t, host), server(t), "outlive.example"); err == "" {
		t.Error(address)
	}
	if host.opened == 0 || host.opened != host.closed {
		t.Errorf("%+v", host.sockets)
	}
}
