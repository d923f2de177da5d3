// Plugin is a Go plugin (go build -buildmode=plugin) that holds tables for the program that loads it.
package main

import (
	"unsafe"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

type doubler struct{}

func (doubler) OnEvent(value int32) int32 { return 2 * value }
func (doubler) OnDo(string) outlive.Token { return 0 }
func (doubler) OnUndo(outlive.Token)      {}

// Hold gives a table, its user data, and a function that revokes it.
func Hold() (table unsafe.Pointer, userData uintptr, revoke func() error, err error) {
	held, err := keeper.Hold(doubler{})
	if err != nil {
		return nil, 0, nil, err
	}
	return held.Table(), held.UserData(), func() error {
		_, err := held.Revoke()
		return err
	}, nil
}

func main() {}
