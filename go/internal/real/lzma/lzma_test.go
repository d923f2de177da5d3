package lzma_test

import (
	"bytes"
	"strings"
	"testing"

	"outlive.dev/go/internal/real/lzma"
	"outlive.dev/go/outlive"
)

// counter is an allocator that knows what it has given.
type counter struct {
	live  map[uintptr]int
	given int
	most  int // 0: no limit
}

func (c *counter) Alloc(nmemb, size int) uintptr {
	if c.most != 0 && c.given == c.most {
		return 0
	}
	memory := lzma.Malloc(uintptr(nmemb * size))
	c.live[memory] = nmemb * size
	c.given++
	return memory
}

func (c *counter) Free(ptr uintptr) {
	if ptr != 0 {
		delete(c.live, ptr)
		lzma.Free(ptr)
	}
}

func held(t *testing.T, host lzma.Allocator) *lzma.Held {
	t.Helper()
	held, err := lzma.Hold(host)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

var text = []byte(strings.Repeat("as long as C needs it, ", 5000))

func TestLiblzmaTakesItsMemoryFromGo(t *testing.T) {
	host := &counter{live: map[uintptr]int{}}
	table := held(t, host)
	out, status := lzma.Compress(table, text)
	if status != 0 || !bytes.Equal(out, text) {
		t.Error(status, len(out))
	}
	if host.given < 2 || len(host.live) != 0 {
		t.Error(host.given, "given,", len(host.live), "left")
	}
	if err := table.Release(); err != nil {
		t.Error(err)
	}
}

func TestAnAllocatorThatGivesNothingIsAnErrorOfLiblzmas(t *testing.T) {
	host := &counter{live: map[uintptr]int{}, most: 1}
	table := held(t, host)
	if _, status := lzma.Compress(table, text); status != lzma.MemError {
		t.Error(status)
	}
	if len(host.live) != 0 {
		t.Error(len(host.live), "left")
	}
	table.Release()
}

func TestARevokedAllocatorGivesNothing(t *testing.T) {
	host := &counter{live: map[uintptr]int{}}
	table := held(t, host)
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	outlive.TakeIncidents()
	if _, status := lzma.Compress(table, text); status != lzma.MemError {
		t.Error(status)
	}
	if incidents := outlive.TakeIncidents(); host.given != 0 || len(incidents) == 0 || incidents[0].ID != table.ID() {
		t.Error(host.given, "given", incidents)
	}
	table.Release()
}

type panicking struct{ counter }

func (*panicking) Alloc(int, int) uintptr { panic("no memory today") }

func TestAPanicIsAnAllocationThatFailed(t *testing.T) {
	table := held(t, &panicking{})
	if _, status := lzma.Compress(table, text); status != lzma.MemError {
		t.Error(status)
	}
	table.Release()
}
