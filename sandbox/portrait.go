package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
)

const portraitSize = 120 // pixels

// photo draws the resident's passport picture: head and shoulders before a
// coloured wall, as a JPEG of some 2 kB. The same resident always looks the same.
func (r *resident) photo() []byte {
	shade := func(shift, from, span uint64) uint8 { return uint8(from + r.portrait>>shift%span) }
	wall := color.RGBA{shade(0, 150, 90), shade(8, 150, 90), shade(16, 150, 90), 255}
	coat := color.RGBA{shade(24, 20, 140), shade(32, 20, 140), shade(40, 20, 140), 255}
	skin := color.RGBA{shade(48, 110, 120), shade(48, 80, 100), shade(48, 60, 80), 255}
	hair := color.RGBA{shade(56, 15, 60), shade(56, 10, 50), shade(56, 10, 40), 255}

	picture := image.NewRGBA(image.Rect(0, 0, portraitSize, portraitSize))
	for y := range portraitSize {
		for x := range portraitSize {
			c := wall
			switch {
			case inEllipse(x, y, 60, 56, 22, 27):
				c = skin
			case inEllipse(x, y, 60, 47, 27, 30):
				c = hair
			case inEllipse(x, y, 60, 124, 46, 40):
				c = coat
			}
			picture.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 70}) // a Buffer never fails
	return out.Bytes()
}

func inEllipse(x, y, centreX, centreY, radiusX, radiusY int) bool {
	dx, dy := (x-centreX)*radiusY, (y-centreY)*radiusX
	return dx*dx+dy*dy <= radiusX*radiusX*radiusY*radiusY
}
