package pagecache_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"dukani/handlers/pagecache"
)

func TestAValueIsMadeOnceForAllWhoAsk(t *testing.T) {
	t.Parallel()
	c := pagecache.New[int, int](1 << 20)
	var made atomic.Int64
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			got, err := c.Get(n%4, func() (int, int, error) { made.Add(1); return n % 4 * 10, 100, nil })
			if err != nil || got != n%4*10 {
				t.Errorf("key %d: %d, %v", n%4, got, err)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 4 {
		t.Errorf("made %d times, want 4", n)
	}
}

func TestWhatIsNotCached(t *testing.T) {
	t.Parallel()
	c := pagecache.New[string, int](1000)
	made := func() (again bool) {
		_, _ = c.Get("key", func() (int, int, error) { again = true; return 1, 100, nil })
		return again
	}
	for name, create := range map[string]func() (int, int, error){
		"an error":                           func() (int, int, error) { return 0, 100, errors.New("away") },
		"a value that is not to be cached":   func() (int, int, error) { return 1, 0, nil },
		"a value larger than the cache":      func() (int, int, error) { return 1, 1001, nil },
		"a value whose making ends in panic": func() (int, int, error) { panic("broken") },
	} {
		c = pagecache.New[string, int](1000)
		func() {
			defer func() { _ = recover() }()
			_, _ = c.Get("key", create)
		}()
		if !made() {
			t.Errorf("%s is cached", name)
		}
	}
	if made() {
		t.Error("a good value is not cached")
	}
}

func TestWhatWasNotAskedForLongestGoesFirst(t *testing.T) {
	t.Parallel()
	c := pagecache.New[int, int](10_000)
	ask := func(n int) (made bool) {
		_, _ = c.Get(n, func() (int, int, error) { made = true; return n, 700, nil }) // 1,000 with what the entry takes
		return made
	}
	for n := range 10 {
		ask(n)
	}
	if ask(0) {
		t.Error("the first is gone though there is room for ten")
	}
	ask(10)
	if ask(0) || !ask(1) {
		t.Error("not the one that was not asked for longest is gone")
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	page, err := pagecache.NewPage(200, []byte("<header>MARK</header><p>text</p>"), "MARK", "0")
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []string{"0", "7", "", "0"} {
		want := fmt.Sprintf("<header>%s</header><p>text</p>", own)
		if got := page.Plain(own); string(got) != want {
			t.Errorf("plain: %q, want %q", got, want)
		}
		r, err := gzip.NewReader(bytes.NewReader(page.Gzip(own)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("gzip: %q, %v; want %q", got, err, want)
		}
	}
	other, err := pagecache.NewPage(200, []byte("<header>MARK</header><p>other</p>"), "MARK", "0")
	if err != nil || other.ETag == page.ETag {
		t.Errorf("another page has the tag %s, too; %v", page.ETag, err)
	}
	for _, body := range []string{"no place", "MARK and MARK"} {
		if _, err := pagecache.NewPage(200, []byte(body), "MARK", "0"); err == nil {
			t.Errorf("%q is taken for a page", body)
		}
	}
}
