package sandbox

import (
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"path"
	"strings"
)

const (
	logoSize  = 96 // pixels
	logoCells = 6  // per side, the outermost empty
)

// logo draws a partner's mark: a pattern that is its own and the same on both
// sides, in the format that the file's name asks for. An SVG is there for
// trying out what becomes of one.
func (p *partners) logo(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	id := strings.TrimSuffix(file, path.Ext(file))
	if !p.known(id) {
		http.NotFound(w, r)
		return
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // a hash never fails
	picture := drawLogo(hash.Sum32())
	switch path.Ext(file) {
	case ".png":
		w.Header().Set("Content-Type", "image/png")
		_ = png.Encode(w, picture) // the caller has gone
	case ".jpg":
		w.Header().Set("Content-Type", "image/jpeg")
		_ = jpeg.Encode(w, picture, nil)
	case ".svg":
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><circle cx="48" cy="48" r="40"/></svg>`)
	default:
		http.NotFound(w, r)
	}
}

func drawLogo(bits uint32) image.Image {
	ink := color.RGBA{uint8(bits) / 2, uint8(bits>>8) / 2, uint8(bits>>16) / 2, 255}
	picture := image.NewPaletted(image.Rect(0, 0, logoSize, logoSize), color.Palette{color.White, ink})
	for y := range logoSize {
		for x := range logoSize {
			column, row := x*logoCells/logoSize, y*logoCells/logoSize
			if column >= logoCells/2 {
				column = logoCells - 1 - column
			}
			inside := column > 0 && row > 0 && row < logoCells-1
			if inside && bits>>(column*logoCells+row)&1 == 1 {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	return picture
}
