// Package pictures makes pictures that the shop shows out of files that people upload. What
// leaves it was decoded, made smaller and encoded again, so that nothing of the file gets
// through but what is to be seen: no place where a photograph was taken, no other program's
// bytes. It knows nothing of the shop.
package pictures

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// Bounds of what is read, and the longer sides of what is made, in pixels. The shop shows a
// picture half as wide as it is made, for screens whose pixels are small.
const (
	MaxBytes  = 10 << 20
	MaxPixels = 25_000_000
	MaxSide   = 10_000
	MinSide   = 160

	LargeSide = 512
	SmallSide = 320
)

// Why a file is refused.
var (
	ErrFormat = errors.New("pictures: neither JPEG nor PNG nor WebP")
	ErrBroken = errors.New("pictures: cannot be decoded")
	ErrBytes  = errors.New("pictures: too many bytes")
	ErrPixels = errors.New("pictures: too many pixels")
	ErrSmall  = errors.New("pictures: too few pixels")
)

// Picture is a picture in both sizes.
type Picture struct {
	Name          string // the hash of the content, as a word
	ContentType   string // of both
	Width, Height int    // of the large one
	Large, Small  []byte
}

// format is a kind of file that is read.
type format struct {
	is     func(file []byte) bool
	config func(file []byte) (image.Config, error)
	decode func(file []byte) (image.Image, error)
}

// formats are recognized by their content; what a file is called does not count.
var formats = []format{
	{
		func(f []byte) bool { return bytes.HasPrefix(f, []byte("\xff\xd8\xff")) },
		func(f []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(f)) },
		func(f []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(f)) },
	},
	{
		func(f []byte) bool { return bytes.HasPrefix(f, []byte("\x89PNG\r\n\x1a\n")) },
		func(f []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(f)) },
		func(f []byte) (image.Image, error) { return png.Decode(bytes.NewReader(f)) },
	},
	{
		func(f []byte) bool { return len(f) > 12 && string(f[:4]) == "RIFF" && string(f[8:12]) == "WEBP" },
		func(f []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(f)) },
		func(f []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(f)) },
	},
}

// maxScans bounds how often a JPEG file goes over its pixels: three times as often as cameras
// and programs let it. Each time can cost a few bytes and a second.
const maxScans = 32

// oneAtATime keeps several large files from being in memory as pixels together.
var oneAtATime = make(chan struct{}, 1)

// Read makes a picture out of a file. Errors: ErrFormat and those beside it.
func Read(file []byte) (*Picture, error) {
	if len(file) > MaxBytes {
		return nil, ErrBytes
	}
	for _, f := range formats {
		if f.is(file) {
			oneAtATime <- struct{}{}
			defer func() { <-oneAtATime }()
			return f.read(file)
		}
	}
	return nil, ErrFormat
}

// read looks at the size first: a few bytes can say that they are millions of pixels.
func (f format) read(file []byte) (*Picture, error) {
	config, err := f.config(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	case config.Width > MaxSide || config.Height > MaxSide || config.Width*config.Height > MaxPixels:
		return nil, ErrPixels
	case config.Width < MinSide || config.Height < MinSide:
		return nil, ErrSmall
	case bytes.Count(file, []byte("\xff\xda")) > maxScans:
		return nil, ErrBroken
	}
	decoded, err := f.decode(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	large := turned(scaled(decoded, LargeSide), orientation(file))
	return encode(large, scaled(large, SmallSide))
}

// scaled returns the picture with no side longer than the given one.
func scaled(from image.Image, side int) *image.RGBA {
	size := from.Bounds().Size()
	w, h := size.X, size.Y
	if longer := max(w, h); longer > side {
		w, h = max(w*side/longer, 1), max(h*side/longer, 1)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Src, nil)
	return to
}

// encode writes both sizes as JPEG, or as PNG if something shows through.
func encode(large, small *image.RGBA) (*Picture, error) {
	p := &Picture{ContentType: "image/jpeg", Width: large.Rect.Dx(), Height: large.Rect.Dy()}
	write := func(to *bytes.Buffer, m image.Image) error { return jpeg.Encode(to, m, &jpeg.Options{Quality: 84}) }
	if !large.Opaque() {
		p.ContentType = "image/png"
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		write = func(to *bytes.Buffer, m image.Image) error { return encoder.Encode(to, m) }
	}
	var a, b bytes.Buffer
	if err := errors.Join(write(&a, large), write(&b, small)); err != nil {
		return nil, err
	}
	p.Large, p.Small = a.Bytes(), b.Bytes()
	sum := sha256.Sum256(append(bytes.Clone(p.Large), p.Small...))
	p.Name = hex.EncodeToString(sum[:16])
	return p, nil
}
