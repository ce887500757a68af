package main

// Mozilla's certificate authorities, for systems that have none: an image made
// from scratch, a bare virtual machine. Those of the system come first.
import _ "golang.org/x/crypto/x509roots/fallback"
