package main

// Mozilla's certificate authorities, for systems that have none, such as a
// container image built from scratch. The system's own come first.
import _ "golang.org/x/crypto/x509roots/fallback"
