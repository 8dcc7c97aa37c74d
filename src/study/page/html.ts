/** The document of the page. Its words are the instructions that all raters get. */

export const scaleNames = ['content', 'style'] as const;
export type ScaleName = (typeof scaleNames)[number];

const questions = {
  content: {
    title: 'Content',
    question: 'How much of the photo is kept?',
    least: 'lost',
    most: 'all kept',
  },
  style: {
    title: 'Style',
    question: 'How strongly does the style show?',
    least: 'not at all',
    most: 'fully',
  },
} as const;

export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Picture study</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/page/page.js"></script>
</head>
<body>
<header>
  <p id="place" aria-live="polite"></p>
  <progress id="progress" value="0" max="1" aria-label="Pictures rated"></progress>
  <p id="rated"></p>
  <button id="change" type="button" hidden></button>
</header>
<p id="notice" role="status"></p>
<main>
  <noscript><p>This page needs JavaScript.</p></noscript>
  <section id="welcome" hidden>
    <h1 tabindex="-1">How well is it painted?</h1>
    <p>You will see <span id="count">some</span> pictures, one at a time. Each is a <strong>photograph</strong>
      repainted in the <strong>style</strong> of another picture, and both stand beside it.</p>
    <p>Give each two ratings from 0 to 1:</p>
    <dl>
      <div><dt>Content</dt><dd>How much of the photograph is kept? 0: nothing can be recognised. 1: every
        object and its form is there, whatever the colours.</dd></div>
      <div><dt>Style</dt><dd>How strongly does the style show? 0: not at all. 1: colours, brushwork and
        patterns are those of the style picture.</dd></div>
    </dl>
    <p>There is no right answer; your first impression counts. You can go back and change a rating, or stop and go
      on another day under the same name.</p>
    <form id="name-form">
      <label for="name">Your name, or any name you like</label>
      <div class="row">
        <input id="name" name="name" autocomplete="off" maxlength="60" required>
        <button class="primary">Begin</button>
      </div>
    </form>
  </section>
  <section id="rate" hidden aria-label="Rating">
    <div class="pictures">
      <figure class="content"><div data-picture="content"></div><figcaption>Photograph</figcaption></figure>
      <figure class="style"><div data-picture="style"></div><figcaption>Style</figcaption></figure>
      <figure class="painted"><div data-picture="painted"></div><figcaption>Painted</figcaption></figure>
    </div>
    <form id="rating-form" novalidate>
      ${scaleNames.map(scale).join('\n      ')}
      <div class="actions">
        <button id="back" type="button">Back</button>
        <p class="keys"><kbd>0</kbd>–<kbd>9</kbd> for 0–0.9, <kbd>F</kbd> for 1 ·
          <kbd>←</kbd><kbd>→</kbd> change · <kbd>Enter</kbd> next · <kbd>Backspace</kbd> back</p>
        <button id="next" class="primary">Next</button>
      </div>
    </form>
  </section>
  <section id="thanks" hidden>
    <h1 tabindex="-1">Thank you!</h1>
    <p id="thanks-text"></p>
    <button id="review" type="button">Look through my ratings</button>
  </section>
</main>
</body>
</html>
`;

function scale(name: (typeof scaleNames)[number]): string {
  const { title, question, least, most } = questions[name];
  const steps = Array.from({ length: 11 }, (_, i) => {
    const value = i === 10 ? '1' : i === 0 ? '0' : `0.${i}`;
    return `<label><input type="radio" name="${name}" value="${value}"><span>${value}</span></label>`;
  });
  return `<fieldset data-scale="${name}">
        <legend><strong>${title}</strong> ${question}</legend>
        <div class="steps">${steps.join('')}</div>
        <div class="ends" aria-hidden="true"><span>${least}</span><span>${most}</span></div>
      </fieldset>`;
}
