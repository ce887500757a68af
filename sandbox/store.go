package sandbox

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Open returns a sandbox that keeps its accounts in a file, which it creates if
// necessary; without a name it keeps them in memory, as New does. The effects
// of a request are in the file before its answer is sent, so a crash loses
// nothing that anyone was told about. Only one process at a time can use the
// file.
func Open(file string, options Options) (*Server, error) {
	if file == "" {
		return New(options), nil
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process", file)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's file %s: %w", file, err)
	}
	s := New(options)
	s.db = db
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the sandbox's file %s: %w", file, err), db.Close())
	}
	return s, nil
}

// load reads all accounts from the file.
func (s *Server) load() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			key, connected, _ := strings.Cut(string(name), "/")
			id := accountID{connected: connected}
			if n, err := hex.Decode(id.key[:], []byte(key)); err != nil || n != len(id.key) {
				return fmt.Errorf("%q is not an account", name)
			}
			entry := &accountEntry{id, newAccount(s.maxSessions, connected)}
			j := newJournal(s.db, id)
			if err := entry.load(bucket, j); err != nil {
				return err
			}
			entry.setJournal(j)
			if s.webhook != nil {
				entry.deliver = s.enqueue
				for _, e := range entry.events {
					if e.pending > 0 {
						s.enqueue(entry.account, e)
					}
				}
			}
			s.accounts[id] = s.recent.PushFront(entry)
			return nil
		})
	})
}

// Close releases the file.
func (s *Server) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// journal collects what has changed in an account and isn't in the file yet. An
// account that lives only in memory has a nil journal.
type journal struct {
	db     *bbolt.DB
	bucket []byte

	// running is held for reading while a request makes its changes, so that
	// all of them reach the file together. It is locked before the account's
	// lock.
	running sync.RWMutex
	saving  sync.Mutex // one transaction at a time

	mu      sync.Mutex
	changes []change
	order   map[string]uint64 // for each key in the file, when it was first stored
	next    uint64
}

type change struct {
	key   string
	value []byte // nil if deleted
}

// The kinds of what is kept. A key in the file consists of a kind and an id.
const (
	keptSession       = "session"
	keptProduct       = "product"
	keptPrice         = "price"
	keptCoupon        = "coupon"
	keptPromotionCode = "promotion_code"
	keptCustomer      = "customer"
	keptPaymentMethod = "payment_method"
	keptEvent         = "event"
	keptIdempotency   = "idempotency"
	keptClock         = "clock"
)

func (j *journal) put(kind, id string, v stored) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := kind + "/" + id
	if _, known := j.order[key]; !known {
		j.next++
		j.order[key] = j.next
	}
	value := binary.BigEndian.AppendUint64(nil, j.order[key])
	j.changes = append(j.changes, change{key, append(value, encodeStored(v)...)})
}

func (j *journal) remove(kind, id string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := kind + "/" + id
	delete(j.order, key)
	j.changes = append(j.changes, change{key: key})
}

// run makes changes that belong together.
func (j *journal) run(changes func()) {
	if j != nil {
		j.running.RLock()
		defer j.running.RUnlock()
	}
	changes()
}

// keep makes changes that belong together, and returns when they are stored.
func (j *journal) keep(changes func()) *apiError {
	j.run(changes)
	if err := j.commit(); err != nil {
		slog.Error("sandbox: writing to its file", "error", err)
		return newError(http.StatusInternalServerError, typeAPI, "", "", "The sandbox couldn't write to its file; its log says why.")
	}
	return nil
}

// commit writes the changes so far to the file. When it returns, they are on
// disk. Whatever couldn't be written is tried again the next time.
func (j *journal) commit() error {
	if j == nil {
		return nil
	}
	j.saving.Lock()
	defer j.saving.Unlock()
	j.running.Lock()
	j.mu.Lock()
	changes := j.changes
	j.changes = nil
	j.mu.Unlock()
	j.running.Unlock()
	if len(changes) == 0 {
		return nil
	}
	err := j.db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists(j.bucket)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if c.value == nil {
				err = bucket.Delete([]byte(c.key))
			} else {
				err = bucket.Put([]byte(c.key), c.value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		j.mu.Lock()
		j.changes = append(changes, j.changes...)
		j.mu.Unlock()
	}
	return err
}

func newJournal(db *bbolt.DB, id accountID) *journal {
	return &journal{db: db, bucket: []byte(hex.EncodeToString(id.key[:]) + "/" + id.connected), order: map[string]uint64{}}
}

// setJournal makes the account record its changes from now on.
func (a *account) setJournal(j *journal) {
	c := a.catalog
	a.journal, a.idempotency.journal = j, j
	c.products.journal, c.products.kind = j, keptProduct
	c.prices.journal, c.prices.kind = j, keptPrice
	c.coupons.journal, c.coupons.kind = j, keptCoupon
	c.promotionCodes.journal, c.promotionCodes.kind = j, keptPromotionCode
	c.customers.journal, c.customers.kind = j, keptCustomer
	c.paymentMethods.journal, c.paymentMethods.kind = j, keptPaymentMethod
}

// load reads an account from the file.
func (a *account) load(bucket *bbolt.Bucket, j *journal) error {
	type entry struct {
		order    uint64
		kind, id string
		value    []byte
	}
	var entries []entry
	err := bucket.ForEach(func(key, value []byte) error {
		kind, id, _ := strings.Cut(string(key), "/")
		if len(value) < 8 {
			return fmt.Errorf("%s is cut off", key)
		}
		e := entry{binary.BigEndian.Uint64(value), kind, id, value[8:]}
		entries = append(entries, e)
		j.order[string(key)] = e.order
		j.next = max(j.next, e.order)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(x, y entry) int { return cmp.Compare(x.order, y.order) })
	for _, e := range entries {
		if err := a.restore(e.kind, e.value); err != nil {
			return fmt.Errorf("%s %s: %w", e.kind, e.id, err)
		}
	}
	return nil
}

// restore adds what the file has under a key. Whatever it refers to comes
// before it.
func (a *account) restore(kind string, value []byte) error {
	c := a.catalog
	switch kind {
	case keptSession:
		s := &session{account: a}
		if err := decodeStored(value, s); err != nil {
			return err
		}
		if s.promotion != nil {
			s.promotion.coupon = c.sameCoupon(s.promotion.coupon)
			if code := s.promotion.code; code != nil {
				if known, ok := c.promotionCodes.get(code.id); ok {
					s.promotion.code = known
				}
			}
		}
		a.insert(s)
		return nil
	case keptProduct:
		return restoreInto(&c.products, value, &product{})
	case keptPrice:
		return restoreInto(&c.prices, value, &price{})
	case keptCustomer:
		return restoreInto(&c.customers, value, &customer{})
	case keptPaymentMethod:
		return restoreInto(&c.paymentMethods, value, &paymentMethod{})
	case keptCoupon:
		one := &coupon{}
		if err := decodeStored(value, one); err != nil {
			return err
		}
		if !c.coupons.add(one) { // a seed that was redeemed
			known, _ := c.coupons.get(one.id)
			known.redeemed.Store(one.redeemed.Load())
		}
		return nil
	case keptPromotionCode:
		one := &promotionCode{}
		if err := decodeStored(value, one); err != nil {
			return err
		}
		one.coupon = c.sameCoupon(one.coupon)
		if !c.promotionCodes.add(one) {
			known, _ := c.promotionCodes.get(one.id)
			known.redeemed.Store(one.redeemed.Load())
		}
		return nil
	case keptEvent:
		e := &event{}
		if err := decodeStored(value, e); err != nil {
			return err
		}
		a.events = append(a.events, e)
		return nil
	case keptIdempotency:
		entry := &idempotentRequest{answer: &answer{}}
		if err := decodeStored(value, entry); err != nil {
			return err
		}
		a.idempotency.restore(entry)
		return nil
	case keptClock:
		return decodeStored(value, &storedClock{&a.ahead})
	}
	return errors.New("made by a newer version of this program")
}

func restoreInto[T interface {
	comparable
	stored
	key() (string, int64)
}](c *collection[T], value []byte, one T) error {
	if err := decodeStored(value, one); err != nil {
		return err
	}
	c.add(one)
	return nil
}

// sameCoupon returns the account's coupon with that id, which counts its
// redemptions, or else the given one.
func (c *catalog) sameCoupon(one *coupon) *coupon {
	if known, ok := c.coupons.get(one.id); ok {
		return known
	}
	return one
}

// stored is implemented by everything that can be put into the file: fields
// returns pointers to its parts, by name. When reading, a field that isn't in
// the file stays zero.
type stored interface {
	fields() map[string]any
}

func encodeStored(v stored) []byte {
	text, err := json.Marshal(encodeFields(v))
	if err != nil {
		panic(fmt.Sprintf("sandbox: a %T doesn't encode: %v", v, err))
	}
	return text
}

func decodeStored(text []byte, v stored) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	for name, field := range v.fields() {
		if value, there := raw[name]; there {
			if err := decodeField(value, field); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}
