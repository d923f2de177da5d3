package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"outlive.dev/go/vde"
)

// clients is how many there are on a hub.
const clients = 8

// runLoop makes a loop that runs on a goroutine of its own until the function is called.
func runLoop() (*vde.Loop, func() error, error) {
	loop, err := vde.NewLoop()
	if err != nil {
		return nil, nil, err
	}
	ended := make(chan error)
	go func() { ended <- loop.Run() }()
	stop := func() error {
		loop.Stop()
		return join(<-ended, loop.Close())
	}
	return loop, stop, nil
}

// collect forces collections, and has the memory used again, until it is stopped.
func collect() (count func() int, stop func()) {
	var done atomic.Int64
	stopped := make(chan struct{})
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		for {
			select {
			case <-stopped:
				return
			default:
			}
			runtime.GC()
			done.Add(1)
			for range 1000 {
				trash = &[4]*byte{&junk, &junk, &junk, &junk}
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		close(stopped)
		group.Wait()
	})
	return func() int { return int(done.Load()) }, stop
}

var (
	trash any
	junk  byte
)

// exchangeFrames connects the clients and has them send in rounds: each sends a frame, then each waits
// for those of all the others, so that no queue is ever full and every frame has to arrive.
func exchangeFrames(directory string, enough func(rounds int) bool) (rounds int, err error) {
	plugs := make([]*vde.Plug, clients)
	for i := range plugs {
		plug, err := vde.Connect(directory, fmt.Sprintf("client %d", i))
		if err != nil {
			return 0, err
		}
		defer plug.Close()
		plugs[i] = plug
	}
	for ; !enough(rounds); rounds++ {
		until := time.Now().Add(30 * time.Second)
		for i, plug := range plugs {
			plug.SetDeadline(until)
			if err := plug.Send(frame(i, rounds)); err != nil {
				return rounds, fmt.Errorf("round %d, client %d: %w", rounds, i, err)
			}
		}
		for i, plug := range plugs {
			if err := receiveRound(plug, i, rounds); err != nil {
				return rounds, fmt.Errorf("round %d, client %d: %w", rounds, i, err)
			}
		}
	}
	return rounds, nil
}

// receiveRound wants one frame of this round from every other client.
func receiveRound(plug *vde.Plug, receiver, round int) error {
	var seen [clients]bool
	seen[receiver] = true
	buffer := make([]byte, 64)
	for range clients - 1 {
		length, err := plug.Receive(buffer)
		if err != nil {
			return err
		}
		sender, of, ok := parse(buffer[:length])
		if !ok || of != round || seen[sender] {
			return fmt.Errorf("a frame that nobody has sent in this round: %x", buffer[:length])
		}
		seen[sender] = true
	}
	return nil
}

// frame is an Ethernet frame to all.
func frame(sender, round int) []byte {
	bytes := make([]byte, 14, 22)
	for i := range 6 {
		bytes[i] = 0xff
	}
	bytes[6], bytes[11] = 2, byte(sender)
	bytes[12], bytes[13] = 0x88, 0xb5 // for experiments
	bytes = binary.BigEndian.AppendUint32(bytes, uint32(sender))
	return binary.BigEndian.AppendUint32(bytes, uint32(round))
}

func parse(frame []byte) (sender, round int, ok bool) {
	if len(frame) != 22 {
		return 0, 0, false
	}
	sender = int(binary.BigEndian.Uint32(frame[14:]))
	round = int(binary.BigEndian.Uint32(frame[18:]))
	return sender, round, sender < clients
}

var join = errors.Join
