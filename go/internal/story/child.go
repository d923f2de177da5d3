package story

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"outlive.dev/go/internal/naive"
)

// childVariable has a process tell one chapter: its value is what that is, how, and in which directory.
const childVariable = "OUTLIVE_STORY_CHILD"

// Child tells a chapter, and ends, in a process that Run has started for it. Call it first.
func Child() {
	what, rest, ok := strings.Cut(os.Getenv(childVariable), ":")
	if !ok {
		return
	}
	how, directory, _ := strings.Cut(rest, ":")
	switch what {
	case "naive":
		os.Exit(naive.Run(directory, naive.Reuse(how)))
	case "in flight":
		t := &teller{out: os.Stdout, directory: directory, size: Full}
		if how == "short" {
			t.size = Short
		}
		if err := t.closeInFlight(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// child runs a chapter in a process of its own. Its output goes on to out; what it has written to stderr is given.
func (t *teller) child(what, how, directory string, out io.Writer) (stderr string, state *os.ProcessState, err error) {
	executable, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), childVariable+"="+what+":"+how+":"+directory)
	var failed bytes.Buffer
	command.Stdout, command.Stderr = out, &failed
	if err := command.Run(); err != nil && command.ProcessState == nil {
		return "", nil, err
	}
	return failed.String(), command.ProcessState, nil
}

// indented writes lines with a mark before each.
type indented struct {
	to    io.Writer
	begun bool
}

func (i *indented) Write(text []byte) (int, error) {
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		if !i.begun {
			io.WriteString(i.to, "  | ")
		}
		if _, err := i.to.Write(line); err != nil {
			return 0, err
		}
		i.begun = !bytes.HasSuffix(line, []byte("\n"))
	}
	return len(text), nil
}

var numbers = regexp.MustCompile(`\d+`)

// counted gives each line once that differs in nothing but numbers, with how many there were of it.
func counted(text string) []string {
	var order []string
	counts := map[string]int{}
	first := map[string]string{}
	for line := range strings.Lines(text) {
		kind := numbers.ReplaceAllString(line, "")
		if counts[kind] == 0 {
			order = append(order, kind)
			first[kind] = strings.TrimSpace(line)
		}
		counts[kind]++
	}
	for i, kind := range order {
		order[i] = first[kind]
		if counts[kind] > 1 {
			order[i] += fmt.Sprintf(" (%d times)", counts[kind])
		}
	}
	return order
}
