package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"outlive.dev/go/vde"
)

// HubCost is what a frame costs a hub.
type HubCost struct {
	Handler         string  `json:"handler"`
	FramesPerSecond float64 `json:"frames_per_second"`
	CPUPerFrame     float64 `json:"cpu_ns_per_frame"`
}

// The handlers that are compared, each in a process of its own.
var hubHandlers = []string{"go", "native"}

// serve is a hub's process: it answers each line of stdin with its CPU time in nanoseconds, and ends
// with stdin.
func serve(name, directory string) error {
	var handler vde.EventHandler = vde.NativeHandler()
	if name == "go" {
		loop, err := vde.NewLoop()
		if err != nil {
			return err
		}
		go loop.Run()
		handler = loop
	}
	hub, err := vde.NewContext(handler)
	if err != nil {
		return err
	}
	defer hub.Close()
	if err := hub.Listen(directory); err != nil {
		return err
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(cpuTime())
	}
	return nil
}

func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// hubProcess is a hub in a process of its own, with a client that sends and one that receives.
type hubProcess struct {
	command  *exec.Cmd
	ask      io.WriteCloser
	answers  *bufio.Scanner
	sender   *vde.Plug
	receiver *vde.Plug
}

func startHub(handler, directory string) (*hubProcess, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &hubProcess{command: exec.Command(executable, "-hub", handler, "-directory", directory)}
	p.command.Stderr = os.Stderr
	if p.ask, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.answers = bufio.NewScanner(output)
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	if !p.answers.Scan() {
		p.end()
		return nil, fmt.Errorf("the hub with the %s handler does not start", handler)
	}
	if p.sender, err = vde.Connect(directory, "sender"); err == nil {
		p.receiver, err = vde.Connect(directory, "receiver")
	}
	if err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

func (p *hubProcess) cpuTime() (nanoseconds int64, err error) {
	if _, err = fmt.Fprintln(p.ask); err != nil {
		return 0, err
	}
	if !p.answers.Scan() {
		return 0, io.ErrUnexpectedEOF
	}
	_, err = fmt.Sscan(p.answers.Text(), &nanoseconds)
	return nanoseconds, err
}

func (p *hubProcess) end() {
	for _, plug := range []*vde.Plug{p.sender, p.receiver} {
		if plug != nil {
			plug.Close()
		}
	}
	p.ask.Close()
	p.command.Wait()
}

// window is how many frames are on their way at once: fewer than any queue holds.
const window = 8

// exchange sends frames through the hub and gives the time on the wall and the hub's CPU time for each.
func (p *hubProcess) exchange(frames int) (wall, cpu float64, err error) {
	frame := make([]byte, 64)
	for i := range 6 {
		frame[i] = 0xff
	}
	until := time.Now().Add(time.Minute)
	p.sender.SetDeadline(until)
	p.receiver.SetDeadline(until)
	before, err := p.cpuTime()
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	received := make([]byte, 128)
	for sent, arrived := 0, 0; arrived < frames; arrived++ {
		for ; sent < frames && sent-arrived < window; sent++ {
			if err := p.sender.Send(frame); err != nil {
				return 0, 0, err
			}
		}
		if _, err := p.receiver.Receive(received); err != nil {
			return 0, 0, err
		}
	}
	took := time.Since(begun)
	after, err := p.cpuTime()
	return float64(took) / float64(frames), float64(after-before) / float64(frames), err
}

func measureHubs(plan Plan) ([]HubCost, error) {
	directory, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	hubs := make([]*hubProcess, len(hubHandlers))
	for i, handler := range hubHandlers {
		if hubs[i], err = startHub(handler, filepath.Join(directory, handler)); err != nil {
			return nil, err
		}
		defer hubs[i].end()
	}
	walls, cpus := make([][]float64, len(hubs)), make([][]float64, len(hubs))
	for range max(plan.Rounds/3, 3) {
		for i, hub := range hubs {
			wall, cpu, err := hub.exchange(plan.Frames)
			if err != nil {
				return nil, fmt.Errorf("the hub with the %s handler: %w", hubHandlers[i], err)
			}
			walls[i], cpus[i] = append(walls[i], wall), append(cpus[i], cpu)
		}
	}
	var costs []HubCost
	for i, handler := range hubHandlers {
		costs = append(costs, HubCost{handler, 1e9 / median(walls[i]), median(cpus[i])})
	}
	return costs, nil
}
