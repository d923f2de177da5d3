package outlive_test

import (
	"unsafe"

	"outlive.dev/go/internal/keeper"
)

var keeperHold = keeper.Hold

func newKeeper(h *keeper.Held) keeper.Keeper { return keeper.New(h.Table(), h.UserData()) }

func freeC(table unsafe.Pointer) { keeper.FreeC(table) }
