package outlive_test

import "testing"

func expectDropped(t *testing.T, id uint64) {}
