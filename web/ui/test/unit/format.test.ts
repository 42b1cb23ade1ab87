import { describe, expect, it } from 'vitest'
import { compactText, countText, durationText, exactText, percentText, plural, ratioOf, ratioText } from '../../src/model/format'

describe('durationText', () => {
  it.each([
    [0, '<1m'], [42, '42s'], [60, '1m'], [432, '7m 12s'], [480, '8m'], [3600, '1h 00m'], [3840, '1h 04m'], [183600, '2d 03h'], [-5, '<1m'],
  ])('%d s is %s', (s, text) => expect(durationText(s)).toBe(text))
})

describe('compactText', () => {
  it.each([
    [0, '0'], [7, '7'], [2.34, '2.3'], [999, '999'], [1000, '1.00 k'], [12_345, '12.3 k'], [999_949, '1.00 M'], [1_234_567, '1.23 M'],
    [123_456_789, '123 M'], [2.1e9, '2.10 B'], [4e13, '40.0 T'],
  ])('%d is %s', (n, text) => expect(compactText(n).replace('\u202f', ' ')).toBe(text))

  it('never has more than four digits, nor rounds past its unit', () => {
    for (let n = 1; n < 1e13; n = n * 1.37 + 1) {
      const [digits] = compactText(Math.round(n)).split('\u202f')
      expect(Number(digits)).toBeLessThan(1000)
    }
  })
})

describe('null', () => {
  it('is said in words, zero is a number', () => {
    expect(countText(null)).toBe('not reported')
    expect(countText(0)).toBe('0')
  })
})

describe('other numbers', () => {
  it('groups thousands', () => expect(exactText(1234567).replaceAll('\u202f', ' ')).toBe('1 234 567'))
  it('rounds shares to whole percent', () => expect(percentText(0.414).replace('\u202f', ' ')).toBe('41 %'))
  it('counts one in the singular', () => expect([plural(1, 'run'), plural(2, 'run')]).toEqual(['1 run', '2 runs']))
  it('has no ratio without a typical duration', () => expect([ratioOf(5, null), ratioOf(5, 0), ratioOf(5, 10)]).toEqual([null, null, 0.5]))
  it('drops decimals of large ratios', () => expect([ratioText(1.84), ratioText(12.3)]).toEqual(['1.8×', '12×']))
})
