//go:build linux

package vde_test

import (
	"fmt"
	"os"
	"path/filepath"

	"outlive.dev/go/vde"
)

func ExampleNewContext() {
	hub, err := vde.NewContext(vde.NativeHandler())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer hub.Close()
	parent, err := os.MkdirTemp("", "vde")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parent)
	directory := filepath.Join(parent, "hub")
	if err := hub.Listen(directory); err != nil {
		fmt.Println(err)
		return
	}
	plug, err := vde.Connect(directory, "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer plug.Close()
	ports, err := hub.Ports()
	fmt.Println(len(ports), ports[0].Description, err)
	// Output:
	// 1 example <nil>
}
