package simulator

import "math"

// golden is 2^64 divided by the golden ratio: the increment of splitmix64.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of splitmix64: neighbouring inputs give unrelated outputs.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return x
}

// fold derives the key of one counter below another key.
func fold(key, counter uint64) uint64 { return mix(key + golden*(counter+1)) }

// unit maps random bits to [0, 1).
func unit(bits uint64) float64 { return float64(bits>>11) / (1 << 53) }

// noise is a number in [0, 1) that belongs to (key, counter).
func noise(key, counter uint64) float64 { return unit(fold(key, counter)) }

// source draws a short sequence from one key. Its zero value is the sequence of key 0.
type source struct{ key, drawn uint64 }

func (s *source) next() uint64 {
	s.drawn++
	return fold(s.key, s.drawn)
}

func (s *source) unit() float64 { return unit(s.next()) }

func (s *source) chance(p float64) bool { return s.unit() < p }

// between draws from [low, high).
func (s *source) between(low, high float64) float64 { return low + (high-low)*s.unit() }

// within draws a whole number from [low, high].
func (s *source) within(low, high int) int { return low + int(s.next()%uint64(high-low+1)) }

// normal draws from the standard normal distribution (Box-Muller).
func (s *source) normal() float64 {
	u, v := 1-s.unit(), s.unit()
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// logNormal draws a factor with mean 1 and the given sigma.
func (s *source) logNormal(sigma float64) float64 {
	return math.Exp(sigma*s.normal() - sigma*sigma/2)
}
