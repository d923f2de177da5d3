package outlive_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs a command in the module and gives what it has written.
func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	command := exec.Command(name, arguments...)
	command.Dir = ".."
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, arguments, err, output)
	}
	return string(output)
}

func TestACProgramThatLoadsAGoLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds Go's runtime as a shared library")
	}
	library := filepath.Join(t.TempDir(), "shared.so")
	program := filepath.Join(t.TempDir(), "program")
	run(t, "go", "build", "-buildmode=c-shared", "-o", library, "./internal/modes/shared")
	run(t, "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", program,
		"internal/modes/shared/program.c", "-pthread", "-ldl")
	if output := run(t, program, library); !strings.Contains(output, "as expected") {
		t.Error(output)
	}
}

// Each has a copy of outlive, with tables of its own: the Go linker binds a library to what it contains.
func TestAProgramThatLoadsTwoGoLibraries(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds Go's runtime as a shared library")
	}
	directory := t.TempDir()
	first, second := filepath.Join(directory, "first.so"), filepath.Join(directory, "second.so")
	program := filepath.Join(directory, "program")
	for _, library := range []string{first, second} {
		run(t, "go", "build", "-buildmode=c-shared", "-o", library, "./internal/modes/shared")
	}
	run(t, "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", program,
		"internal/modes/two/program.c", "-pthread", "-ldl")
	if output := run(t, program, first, second); !strings.Contains(output, "as expected") {
		t.Error(output)
	}
}

// The plugin's copy of outlive is that of the program, as every package is that both have.
func TestAGoPluginThatHoldsTables(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds Go's runtime for plugins")
	}
	loaded := filepath.Join(t.TempDir(), "plugin.so")
	host := filepath.Join(t.TempDir(), "host")
	run(t, "go", "build", "-buildmode=plugin", "-o", loaded, "./internal/modes/plugin")
	run(t, "go", "build", "-o", host, "./internal/modes/host")
	if output := run(t, host, loaded); !strings.Contains(output, "[42 42 -1 -1] 1") {
		t.Error(output)
	}
}

func TestAProgramThatLoadsAGoPluginAndAGoLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds Go's runtime for plugins, and as a shared library")
	}
	directory := t.TempDir()
	loaded, library, program := filepath.Join(directory, "plugin.so"), filepath.Join(directory, "shared.so"),
		filepath.Join(directory, "program")
	run(t, "go", "build", "-buildmode=plugin", "-o", loaded, "./internal/modes/plugin")
	run(t, "go", "build", "-buildmode=c-shared", "-o", library, "./internal/modes/shared")
	run(t, "go", "build", "-o", program, "./internal/modes/both")
	if output := run(t, program, loaded, library); !strings.Contains(output, "as expected") {
		t.Error(output)
	}
}
