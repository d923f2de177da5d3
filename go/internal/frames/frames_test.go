package frames_test

import (
	"runtime"
	"slices"
	"testing"

	"outlive.dev/go/internal/frames"
)

//go:noinline
func asked() [4]uintptr { return frames.Returns() }

//go:noinline
func between() [4]uintptr {
	addresses := asked()
	sink++ // so that it is no jump
	return addresses
}

var sink int

func skipUnknown(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("nothing is known of this platform's frames")
	}
}

func TestLinesAreToldApartAndKnownAgain(t *testing.T) {
	skipUnknown(t)
	seen := map[[4]uintptr]bool{}
	for range 3 {
		seen[between()] = true
		seen[between()] = true
	}
	if len(seen) != 2 {
		t.Errorf("2 lines have called, and %d were seen: %v", len(seen), seen)
	}
}

func TestTheAddressesAreThoseThatTheRuntimeKnows(t *testing.T) {
	skipUnknown(t)
	addresses := between()
	var found []string
	for _, address := range addresses {
		if f := runtime.FuncForPC(address - 1); f != nil {
			found = append(found, f.Name())
		}
	}
	const here = "outlive.dev/go/internal/frames_test."
	between := slices.Index(found, here+"between")
	if between < 0 || between+1 == len(found) || found[between+1] != here+t.Name() {
		t.Errorf("%v in %x", found, addresses)
	}
}

func TestTheBottomOfAStackIsNotLeft(t *testing.T) {
	found := make(chan [4]uintptr)
	go func() { found <- frames.Returns() }()
	if addresses := <-found; addresses[3] != 0 {
		t.Errorf("%x", addresses)
	}
}
