package identity

// BirthDate returns the day of birth as the identity holds it (yyyy/MM/dd by MOSIP's schema), "" when it holds none.
func (c *Client) BirthDate(i *Identity) string {
	m := c.fields.Load()
	return m.text(i.Fields, m.birthDate)
}
