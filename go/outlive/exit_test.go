package outlive_test

import (
	"fmt"
	"os"
	"testing"

	"outlive.dev/go/outlive"
)

func init() {
	children["os.Exit"] = func() {
		l := &listener{}
		_, k := held(nil, l, outlive.CallerSkip(1))
		k.Start(2, 1)
		for k.Returned() < 1000 {
		}
		fmt.Println("held:", len(outlive.Ledger()))
		os.Exit(3)
	}
}

// Go runs no atexit handlers: the ledger is who knows.
func TestOsExitWithTablesHeldEndsQuietly(t *testing.T) {
	output, state := child(t, "os.Exit")
	if state.ExitCode() != 3 || output != "held: 1\n" {
		t.Errorf("%v\n%s", state, output)
	}
}
