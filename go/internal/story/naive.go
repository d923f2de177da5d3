package story

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"outlive.dev/go/internal/naive"
)

// childVariable has a process be the naive program: its value is the directory, with a mark before it.
const childVariable = "OUTLIVE_STORY_NAIVE"

// Child runs the naive program, and ends, in a process that Run has started for it. Call it first.
func Child() {
	if how := os.Getenv(childVariable); how != "" {
		os.Exit(naive.Run(how[1:], how[0] == 'o'))
	}
}

// naive runs the naive program twice, with its table's memory used for other data, and for the tables
// of other hubs.
func (t *teller) naive() error {
	bad := 0
	for _, others := range []bool{false, true} {
		wrong, err := t.runNaive(others)
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

func (t *teller) runNaive(others bool) (wrong bool, err error) {
	executable, err := os.Executable()
	if err != nil {
		return false, err
	}
	how := "d"
	if others {
		how = "o"
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), childVariable+"="+how+filepath.Join(t.directory, "naive"+how))
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil && command.ProcessState == nil {
		return false, err
	}
	said := strings.Split(strings.TrimSpace(output.String()), "\n")
	for _, line := range said[:min(len(said), 5)] {
		t.say("  | %s", line)
	}
	switch status := command.ProcessState.ExitCode(); status {
	case naive.Survived:
		t.say("it has survived, this time")
		return false, nil
	case naive.Misdirected, naive.Lost:
		return true, nil
	default:
		t.say("  | ...")
		t.say("it has crashed: %v", command.ProcessState)
		return true, nil
	}
}
