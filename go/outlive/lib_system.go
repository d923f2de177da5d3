//go:build cgo && outlive_system

package outlive

import "C"
