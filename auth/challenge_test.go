package auth

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

func FuzzChallenge(f *testing.F) {
	f.Add("expired")
	f.Add("a\", Basic realm=\"x\\\r\n")
	f.Fuzz(func(t *testing.T, reason string) {
		header := challenge{metadataURL: "https://a.example/m"}.unauthorized(reason)
		cs, err := oauthex.ParseWWWAuthenticate([]string{header})
		if err != nil || len(cs) != 1 || cs[0].Scheme != "bearer" || cs[0].Params["resource_metadata"] != "https://a.example/m" {
			t.Errorf("challenges %+v: %v", cs, err)
		}
	})
}
