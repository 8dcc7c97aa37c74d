/** The page: a painting, a photograph, and a model that learns the one on the other while you watch. */

import { fineTune } from 'wasserfarbe/browser/fine-tune';
import { Curve } from './curve.js';

const PACKAGE = '/node_modules/wasserfarbe/';
const RUNTIME = '/node_modules/onnxruntime-web/dist/';

/** The paintings that the package brings along. */
const paintings = [
  'impasto',
  'night-sky',
  'stained-glass',
  'watercolour',
  'ink-wash',
  'woodcut',
  'crosshatching',
  'mosaic',
  'cubist-facets',
  'pointillism',
  'marbling',
  'cut-paper',
];

const element = (id) => document.getElementById(id);
const form = document.querySelector('form');
const thumbs = document.querySelector('.thumbs');
const drop = document.querySelector('.drop');
const curve = new Curve(element('curve'));

let photo;
let ownPainting;
let run;

for (const name of paintings) thumbs.append(thumb(name));
thumbs.append(ownThumb());
thumbs.querySelector('input').checked = true;

element('photo').addEventListener('change', ({ target }) => takePhoto(target.files[0]));
drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  takePhoto(event.dataTransfer.files[0]);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  learn();
});
element('stop').addEventListener('click', () => run?.stop());

async function learn() {
  const choices = new FormData(form);
  const seconds = Number(choices.get('seconds'));
  const chosen = choices.get('painting');
  const painting = chosen === 'own' ? ownPainting : `${PACKAGE}paintings/${chosen}.avif`;
  begin(seconds);
  try {
    run = fineTune({
      painting,
      contents: [photo],
      seconds,
      // No bundler here: an import map does not reach workers.
      runtime: RUNTIME,
      onStep({ step, seconds: gone, ...losses }) {
        curve.addStep({ seconds: gone, ...losses });
        element('steps').textContent = step;
        element('pace').textContent = (step / gone).toFixed(1);
        element('left').textContent = clock(seconds - gone);
        say('Learning …');
      },
      onSample({ step, seconds: gone, picture, ...losses }) {
        curve.addSample({ seconds: gone, ...losses });
        for (const place of step === 0 ? ['before', 'after'] : ['after']) {
          picture.drawTo(element(place));
          element(place).style.aspectRatio = `${picture.width} / ${picture.height}`;
          element(`loss-${place}`).textContent = `style loss ${losses.style.toFixed(2)}`;
        }
      },
    });
    offer(await run.result);
  } catch (error) {
    say(error.message, true);
  }
  end();
}

function begin(seconds) {
  curve.clear(seconds);
  element('left').textContent = clock(seconds);
  for (const id of ['steps', 'pace']) element(id).textContent = '–';
  element('downloads').hidden = true;
  setRunning(true);
  say('Loading and compiling …');
}

function end() {
  run = undefined;
  element('left').textContent = clock(0);
  setRunning(false);
}

/** The two files of the model, as downloads. */
function offer({ name, steps, seconds, weights, card }) {
  for (const { href } of element('files').children) URL.revokeObjectURL(href);
  element('files').replaceChildren(
    download('Download the model', weights, `${name}.safetensors`),
    download('and its card', card, `${name}.json`),
  );
  element('downloads').hidden = false;
  say(`Learnt in ${steps} steps and ${Math.round(seconds)} seconds.`);
}

function download(text, blob, file) {
  const link = document.createElement('a');
  return Object.assign(link, {
    className: 'button',
    textContent: text,
    href: URL.createObjectURL(blob),
    download: file,
  });
}

function setRunning(running) {
  for (const fieldset of form.querySelectorAll('fieldset')) fieldset.disabled = running;
  element('start').hidden = running;
  element('stop').hidden = !running;
}

function takePhoto(file) {
  if (file === undefined || run !== undefined) return;
  photo = file;
  const shown = element('photo-shown');
  URL.revokeObjectURL(shown.src);
  shown.src = URL.createObjectURL(file);
  shown.hidden = false;
  element('start').disabled = false;
  say('Ready.');
}

function thumb(name) {
  const label = document.createElement('label');
  label.title = name;
  label.append(choice(name), picture(`${PACKAGE}paintings/${name}.avif`, name));
  return label;
}

/** A painting of the visitor's own: the label opens files, and is chosen by what comes of that. */
function ownThumb() {
  const label = document.createElement('label');
  label.className = 'own';
  const own = choice('own');
  label.append(own, 'Your own');
  const files = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*' });
  label.addEventListener('click', (event) => {
    event.preventDefault();
    if (run === undefined) files.click();
  });
  files.addEventListener('change', () => {
    [ownPainting] = files.files;
    if (ownPainting === undefined) return;
    label.replaceChildren(own, picture(URL.createObjectURL(ownPainting), 'Your own'));
    own.checked = true;
  });
  return label;
}

function choice(value) {
  const input = document.createElement('input');
  return Object.assign(input, { type: 'radio', name: 'painting', value, className: 'unseen' });
}

function picture(src, alt) {
  return Object.assign(new Image(), { src, alt });
}

function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function say(text, problem = false) {
  if (element('status').textContent !== text) element('status').textContent = text;
  element('status').classList.toggle('problem', problem);
}
