//go:build cgo && !outlive_system

package outlive

import _ "outlive.dev/go/lib/windows-amd64"
