package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // what Image promises to read
	_ "image/png"

	"github.com/resident-graph/resident-graph/pdf/file"
)

const millimetre = 72 / 25.4

// picture is an image of the file.
type picture struct {
	name          file.Name
	ref           file.Ref
	width, height float64 // in pixels
}

// picture embeds an image once, however often it is shown.
func (l *layout) picture(data []byte) (*picture, error) {
	sum := sha256.Sum256(data)
	if p, ok := l.images[sum]; ok {
		return p, nil
	}
	decoded, format, err := decode(data)
	if err != nil {
		return nil, err
	}
	size := decoded.Bounds().Size()
	p := &picture{name: file.Name(fmt.Sprintf("Im%d", len(l.images))), ref: l.embed(decoded, format, data),
		width: float64(size.X), height: float64(size.Y)}
	l.images[sum] = p
	return p, nil
}

// Drawable answers why an image file cannot be drawn, nil for one that can.
func Drawable(data []byte) error {
	_, _, err := decode(data)
	return err
}

// decode reads an image, once it is known to be of a size that can be.
func decode(data []byte) (decoded image.Image, format string, err error) {
	if len(data) > MaxImage {
		return nil, "", fmt.Errorf("%w: an image of %d bytes", ErrTooLarge, len(data))
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("read an image: %w", err)
	}
	if config.Width > MaxImageSide || config.Height > MaxImageSide {
		return nil, "", fmt.Errorf("%w: an image of %d by %d pixels", ErrTooLarge, config.Width, config.Height)
	}
	decoded, format, err = image.Decode(bytes.NewReader(data))
	if err == nil && decoded.Bounds().Empty() {
		err = errors.New("without a pixel")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read an image: %w", err)
	}
	return decoded, format, nil
}

// embed writes a JPEG as it is and everything else as pixels, with its transparency apart.
func (l *layout) embed(m image.Image, format string, data []byte) file.Ref {
	size := m.Bounds().Size()
	d := file.Dict{"Type": file.Name("XObject"), "Subtype": file.Name("Image"), "Width": size.X, "Height": size.Y,
		"BitsPerComponent": 8, "ColorSpace": file.Name("DeviceRGB")}
	switch m.ColorModel() {
	case color.YCbCrModel, color.GrayModel:
		if format == "jpeg" {
			if m.ColorModel() == color.GrayModel {
				d["ColorSpace"] = file.Name("DeviceGray")
			}
			d["Filter"] = file.Name("DCTDecode")
			return l.file.AddStream(d, data)
		}
	}
	pixels, alpha, opaque := pixelsOf(m)
	if !opaque {
		d["SMask"] = l.file.AddStream(file.Dict{"Type": file.Name("XObject"), "Subtype": file.Name("Image"), "Width": size.X,
			"Height": size.Y, "BitsPerComponent": 8, "ColorSpace": file.Name("DeviceGray")}, alpha)
	}
	return l.file.AddStream(d, pixels)
}

func pixelsOf(m image.Image) (pixels, alpha []byte, opaque bool) {
	b := m.Bounds()
	opaque = true
	pixels, alpha = make([]byte, 0, 3*b.Dx()*b.Dy()), make([]byte, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c, _ := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			pixels, alpha = append(pixels, c.R, c.G, c.B), append(alpha, c.A)
			opaque = opaque && c.A == 255
		}
	}
	return pixels, alpha, opaque
}

func (b Image) draw(l *layout) error {
	p, err := l.picture(b.Data)
	if err != nil {
		return err
	}
	width := b.Width * millimetre
	if width <= 0 {
		width = p.width * 72 / 150
	}
	width = min(width, line().width, (top-bottom)*p.width/p.height)
	height := width * p.height / p.width
	if err := l.need(height); err != nil {
		return err
	}
	l.show(l.tags.document, b, p, area{l.start(line(), width), width}, height)
	l.y -= height + body.Size
	return nil
}

// show draws an image from the cursor down, as a figure under parent unless it is decoration.
func (l *layout) show(parent *element, b Image, p *picture, a area, height float64) {
	var figure *element
	if b.Alt != "" {
		figure = parent.add("Figure")
		figure.alt = b.Alt
		figure.attrs = file.Dict{"O": file.Name("Layout"), "Placement": file.Name("Block"),
			"BBox": file.Array{a.left, l.y - height, a.left + a.width, l.y}}
	}
	l.mark(figure, func() {
		l.content = append(l.content, "q "...)
		l.numbers(a.width, 0, 0, height, a.left, l.y-height)
		l.content = fmt.Appendf(l.content, "cm /%s Do Q\n", p.name)
	})
}
