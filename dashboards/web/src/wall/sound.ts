/** Two falling tones, made here: no file, and none before somebody allowed it by a click (browsers demand that). */

const TONES_HZ = [880, 660]
const TONE_S = 0.35
const LOUDNESS = 0.25

let audio: AudioContext | undefined

/** Allows the sound; called from a click. */
export async function allowSound(): Promise<boolean> {
  audio ??= new AudioContext()
  await audio.resume()
  return audio.state === 'running'
}

/** Sounds, if it was allowed. */
export function soundBreach(): void {
  if (audio?.state !== 'running') return
  TONES_HZ.forEach((tone, n) => {
    if (!audio) return
    const [source, volume] = [audio.createOscillator(), audio.createGain()]
    const from = audio.currentTime + n * TONE_S
    source.frequency.value = tone
    volume.gain.setValueAtTime(LOUDNESS, from)
    volume.gain.exponentialRampToValueAtTime(0.001, from + TONE_S)
    source.connect(volume).connect(audio.destination)
    source.start(from)
    source.stop(from + TONE_S)
  })
}

/** Asks whether notices of the browser may appear; a no is a no. */
export async function allowNotices(): Promise<boolean> {
  if (!('Notification' in window)) return false
  return (await Notification.requestPermission()) === 'granted'
}

/** Shows a notice, where that is allowed. */
export function noticeBreach(title: string, about: string): void {
  if ('Notification' in window && Notification.permission === 'granted') new Notification(title, { body: about, icon: '/icon-192.png', tag: about })
}
