package story

import (
	"fmt"
	"path/filepath"
	"strings"

	"outlive.dev/go/internal/naive"
)

// naive shows the program that is wrong, and runs it three times: what becomes of it depends on what the memory of
// its table is used for.
func (t *teller) naive() error {
	t.code("internal/naive/wrong.go", naive.Wrong())
	bad := 0
	for _, reuse := range []struct {
		what naive.Reuse
		said string
	}{
		{naive.Zeroes, "values that are not filled yet"},
		{naive.Data, "any other data"},
		{naive.Others, "the tables of other hubs"},
	} {
		t.say("\nThe memory is used again for %s:", reuse.said)
		wrong, err := t.runNaive(reuse.what)
		if err != nil {
			return err
		}
		if wrong {
			bad++
		}
	}
	if bad == 0 {
		return fmt.Errorf("the naive program has survived: the collector has not used its memory again")
	}
	return nil
}

// code shows source code.
func (t *teller) code(file, text string) {
	t.say("%s:\n", file)
	for line := range strings.Lines(text) {
		t.say("    %s", strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    "))
	}
	t.say("")
}

func (t *teller) runNaive(reuse naive.Reuse) (wrong bool, err error) {
	directory := filepath.Join(t.directory, string(reuse))
	stderr, state, err := t.child("naive", string(reuse), directory, &indented{to: t.out})
	if err != nil {
		return false, err
	}
	switch state.ExitCode() {
	case naive.Survived:
		t.say("=> it has survived, this time")
		return false, nil
	case naive.Lost:
		t.say("=> the members read 0x0: the hub waits for events that nobody watches")
	case naive.Misdirected:
		t.say("=> a callback that was meant for one hub has come to another")
	default:
		reason, _, _ := strings.Cut(stderr, "\n")
		t.say("  | %s", reason)
		t.say("=> it has crashed: %v", state)
	}
	return true, nil
}
