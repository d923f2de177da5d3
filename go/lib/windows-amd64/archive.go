//go:build windows && amd64 && cgo

// Package lib links the library's static archive for windows/amd64. Package outlive imports it; nobody else need.
package lib

// #cgo LDFLAGS: ${SRCDIR}/liboutlive.a -lws2_32 -lntdll -lsynchronization
import "C"
