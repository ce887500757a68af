package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns prefix and length random characters.
func newID(prefix string, length int) string {
	random := make([]byte, length)
	_, _ = rand.Read(random) // never fails
	return prefix + letters(random)
}

// fixedID returns prefix and length characters that depend only on the name.
func fixedID(prefix, name string, length int) string {
	var hash []byte
	for block := uint32(0); len(hash) < length; block++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(name), block))
		hash = append(hash, sum[:]...)
	}
	return prefix + letters(hash[:length])
}

func letters(b []byte) string {
	for i, c := range b {
		b[i] = idAlphabet[int(c)%len(idAlphabet)]
	}
	return string(b)
}

func newSessionID() string { return newID("cs_test_a1", 56) }

// seedID returns the id of the n-th initial session of an account. It differs
// from account to account, because a page's URL identifies the account only by
// the session's id.
func seedID(account string, n int) string {
	return fixedID("cs_test_a1", fmt.Sprint("seed ", account, n), 56)
}
